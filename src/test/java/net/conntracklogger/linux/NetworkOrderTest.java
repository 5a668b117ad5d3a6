// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkOrderTest {
    private static final byte[] BYTES = {0, (byte) 0xfe, (byte) 0xdc, (byte) 0xba, (byte) 0x98, 0x76, 0x54, 0x32, 0x10};

    static Stream<ByteOrder> orders() {
        return Stream.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void readsTheMostSignificantByteFirst(ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.wrap(BYTES).order(order);
        assertEquals(0xfedc, NetworkOrder.get16(bytes, 1), "unsigned");
        assertEquals(0xfedcba98, NetworkOrder.get32(bytes, 1));
        assertEquals(0xfedcba9876543210L, NetworkOrder.get64(bytes, 1));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void writesTheMostSignificantByteFirst(ByteOrder order) {
        byte[] bytes = new byte[4];
        NetworkOrder.put16(ByteBuffer.wrap(bytes).order(order), 1, 0xfedc);
        assertArrayEquals(new byte[] {0, (byte) 0xfe, (byte) 0xdc, 0}, bytes);
    }
}
