// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An IPv4 or IPv6 address.
 *
 * @param high the first eight bytes of an IPv6 address, as a big-endian number; 0 for IPv4
 * @param low the last eight bytes of an IPv6 address, as a big-endian number; for IPv4 all four, in the low 32 bits
 */
public record IpAddress(boolean v6, long high, long low) {

    /** Length of the longest address in bytes. */
    public static final int MAX_LENGTH = 16;

    private static final long MAPPED_PREFIX = 0x0000_ffff_0000_0000L;

    public static IpAddress v4(int address) {
        return new IpAddress(false, 0, Integer.toUnsignedLong(address));
    }

    /** Reads 4 or 16 bytes in network byte order. The order of the buffer does not matter. */
    public static IpAddress read(ByteBuffer buffer, int offset, boolean v6) {
        if (v6) {
            return new IpAddress(true, bigEndianLong(buffer, offset), bigEndianLong(buffer, offset + Long.BYTES));
        }
        int word = buffer.getInt(offset);
        return v4(buffer.order() == ByteOrder.BIG_ENDIAN ? word : Integer.reverseBytes(word));
    }

    /** Writes 4 or 16 bytes in network byte order. The order of the buffer does not matter. */
    public void write(ByteBuffer buffer, int offset) {
        boolean bigEndian = buffer.order() == ByteOrder.BIG_ENDIAN;
        if (v6) {
            buffer.putLong(offset, bigEndian ? high : Long.reverseBytes(high));
            buffer.putLong(offset + Long.BYTES, bigEndian ? low : Long.reverseBytes(low));
        } else {
            buffer.putInt(offset, bigEndian ? (int) low : Integer.reverseBytes((int) low));
        }
    }

    public int length() {
        return v6 ? 16 : 4;
    }

    /**
     * Reports whether the first {@code bits} bits are those of a network. Returns false for a network of the other
     * family.
     */
    public boolean isIn(IpAddress network, int bits) {
        if (v6 != network.v6) {
            return false;
        }
        if (!v6) {
            return samePrefix(low << 32, network.low << 32, bits);
        }
        return samePrefix(high, network.high, Math.min(bits, 64))
                && samePrefix(low, network.low, Math.max(bits - 64, 0));
    }

    /** Returns {@code ::ffff:a.b.c.d}, an IPv4 peer's address at an IPv6 socket (RFC 4291, 2.5.5.2). */
    public IpAddress asMapped() {
        return v6 ? this : new IpAddress(true, 0, MAPPED_PREFIX | low);
    }

    /** Reads 16 bytes in network byte order. An {@link #asMapped} address becomes IPv4. */
    public static IpAddress readMapped(ByteBuffer buffer, int offset) {
        IpAddress address = read(buffer, offset, /* v6= */ true);
        return address.high == 0 && address.low >>> 32 == MAPPED_PREFIX >>> 32 ? v4((int) address.low) : address;
    }

    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    private static boolean samePrefix(long one, long other, int bits) {
        return bits == 0 || (one ^ other) >>> (64 - bits) == 0;
    }

    private static long bigEndianLong(ByteBuffer buffer, int offset) {
        long word = buffer.getLong(offset);
        return buffer.order() == ByteOrder.BIG_ENDIAN ? word : Long.reverseBytes(word);
    }

    /** Appends the canonical text: dotted decimal, or RFC 5952. */
    public void appendTo(StringBuilder text) {
        if (!v6) {
            appendDotted(text, low);
        } else if (high == 0 && low >>> 32 == 0xffff) {
            text.append("::ffff:");
            appendDotted(text, low);
        } else {
            appendGroups(text);
        }
    }

    private static void appendDotted(StringBuilder text, long address) {
        text.append(address >>> 24 & 0xff).append('.');
        text.append(address >>> 16 & 0xff).append('.');
        text.append(address >>> 8 & 0xff).append('.');
        text.append(address & 0xff);
    }

    private void appendGroups(StringBuilder text) {
        int zeros = longestZeroRun();
        int start = zeros >>> 4;
        int end = start + (zeros & 0xf);
        for (int i = 0; i < 8; i++) {
            if (i == start && end > start) {
                text.append("::");
                i = end - 1;
                continue;
            }
            if (i > 0 && i != end) {
                text.append(':');
            } else if (i == end && end == start && i > 0) {
                text.append(':');
            }
            text.append(Integer.toHexString(group(i)));
        }
    }

    /**
     * Finds the longest run of two or more zero groups (RFC 5952, 4.2). Returns {@code start << 4 | length}, of the
     * first if several are as long.
     */
    private int longestZeroRun() {
        int best = 0;
        int start = 0;
        for (int i = 0; i <= 8; i++) {
            if (i < 8 && group(i) == 0) {
                continue;
            }
            int length = i - start;
            if (length >= 2 && length > (best & 0xf)) {
                best = start << 4 | length;
            }
            start = i + 1;
        }
        return best;
    }

    private int group(int index) {
        long word = index < 4 ? high : low;
        return (int) (word >>> (48 - 16 * (index & 3))) & 0xffff;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(39);
        appendTo(text);
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress address && low == address.low && high == address.high && v6 == address.v6;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Boolean.hashCode(v6) + Long.hashCode(high)) + Long.hashCode(low);
    }
}
