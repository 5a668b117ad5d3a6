// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads and writes numbers in network byte order ({@code be16}, {@code be32}, {@code be64}), whatever the buffer's order. */
public final class NetworkOrder {
    private NetworkOrder() {}

    /** Returns the unsigned 16-bit number at an offset, such as a port. */
    public static int get16(ByteBuffer bytes, int offset) {
        short value = bytes.getShort(offset);
        return (isNetworkOrder(bytes) ? value : Short.reverseBytes(value)) & 0xffff;
    }

    /** Returns the 32-bit number at an offset. */
    public static int get32(ByteBuffer bytes, int offset) {
        int value = bytes.getInt(offset);
        return isNetworkOrder(bytes) ? value : Integer.reverseBytes(value);
    }

    /** Returns the 64-bit number at an offset. */
    public static long get64(ByteBuffer bytes, int offset) {
        long value = bytes.getLong(offset);
        return isNetworkOrder(bytes) ? value : Long.reverseBytes(value);
    }

    /** Writes 32 bits. */
    public static void put32(ByteBuffer bytes, int offset, int value) {
        bytes.putInt(offset, isNetworkOrder(bytes) ? value : Integer.reverseBytes(value));
    }

    /** Writes the low 16 bits of a number. */
    public static void put16(ByteBuffer bytes, int offset, int value) {
        short number = (short) value;
        bytes.putShort(offset, isNetworkOrder(bytes) ? number : Short.reverseBytes(number));
    }

    private static boolean isNetworkOrder(ByteBuffer bytes) {
        return bytes.order() == ByteOrder.BIG_ENDIAN;
    }
}
