// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Pointer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NativeBufferTest {
    @Test
    void isZeroAtFirst() {
        for (int i = 0; i < 100; i++) {
            try (NativeBuffer buffer = new NativeBuffer(4096)) {
                for (int at = 0; at < buffer.size(); at++) {
                    assertEquals(0, buffer.bytes().get(at));
                }
                buffer.pointer().setMemory(0, buffer.size(), (byte) 0xff);
            }
        }
    }

    @Test
    void isTheSameMemoryForJavaAndC() {
        try (NativeBuffer buffer = new NativeBuffer(16)) {
            buffer.bytes().putInt(4, 0x01020304);
            assertEquals(0x01020304, buffer.pointer().getInt(4));
            assertEquals(0x01020304, new Pointer(buffer.address()).getInt(4));
            buffer.pointer().setLong(8, 0x0102030405060708L);
            assertEquals(0x0102030405060708L, buffer.bytes().getLong(8));
            assertEquals(16, buffer.size());
            assertEquals(ByteOrder.nativeOrder(), buffer.bytes().order());
        }
    }

    @Test
    void holdsTextAndItsEnd() {
        String text = "/tmp/\u00fc";
        try (NativeBuffer buffer = NativeBuffer.ofString(text)) {
            assertEquals(text.getBytes(StandardCharsets.UTF_8).length + 1, buffer.size());
            assertEquals(text, buffer.pointer().getString(0, "UTF-8"));
            assertEquals(0, buffer.bytes().get(buffer.size() - 1));
        }
    }

    @Test
    void canBeClosedAgain() {
        NativeBuffer buffer = new NativeBuffer(16);
        buffer.close();
        buffer.close();
    }
}
