// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Memory outside the heap, for C to read and write; allocated once and used again. In native byte order. */
public final class NativeBuffer implements AutoCloseable {
    private final Memory memory;
    private final ByteBuffer bytes;

    public NativeBuffer(int size) {
        memory = new Memory(size);
        memory.clear();
        bytes = memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
    }

    public static NativeBuffer ofString(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        NativeBuffer buffer = new NativeBuffer(encoded.length + 1);
        buffer.bytes.put(0, encoded);
        return buffer;
    }

    /** Its address for C. */
    public Pointer pointer() {
        return memory;
    }

    public long address() {
        return Pointer.nativeValue(memory);
    }

    /** The same memory for Java. */
    public ByteBuffer bytes() {
        return bytes;
    }

    public int size() {
        return bytes.capacity();
    }

    @Override
    public void close() {
        memory.close();
    }
}
