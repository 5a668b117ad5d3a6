// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.util.Arrays;
import net.conntracklogger.flow.IpAddress;

/** A set of IPv4 addresses as ranges, 8 bytes each. Thread-safe once sorted. */
final class Ipv4Ranges {
    private static final int SIGN = Integer.MIN_VALUE;
    private static final long LAST = 0xffff_ffffL;

    /** {@code (first ^ SIGN) << 32 | last}, so that the order of the numbers is that of the first addresses. */
    private final long[] ranges;

    private int size;

    Ipv4Ranges(int capacity) {
        ranges = new long[capacity];
    }

    /** Reports whether no network fits. */
    boolean isFull() {
        return size == ranges.length;
    }

    void add(IpAddress network, int bits) {
        int mask = bits == 0 ? 0 : -1 << Integer.SIZE - bits;
        int first = (int) network.low() & mask;
        ranges[size++] = (long) (first ^ SIGN) << Integer.SIZE | Integer.toUnsignedLong(first | ~mask);
    }

    /** Sorts the ranges and joins those that overlap. Called once, after the last network was added. */
    void sort() {
        Arrays.sort(ranges, 0, size);
        int joined = 0;
        for (int i = 0; i < size; i++) {
            if (joined > 0 && first(i) <= last(joined - 1)) {
                long last = Math.max(last(i), last(joined - 1));
                ranges[joined - 1] = ranges[joined - 1] & -1L << Integer.SIZE | last;
            } else {
                ranges[joined++] = ranges[i];
            }
        }
        size = joined;
    }

    private long first(int index) {
        return Integer.toUnsignedLong((int) (ranges[index] >> Integer.SIZE) ^ SIGN);
    }

    private long last(int index) {
        return ranges[index] & LAST;
    }

    /** Reports whether the set has this IPv4 address. Only the last range that begins at or before it can have it. */
    boolean contains(long address) {
        long highest = (long) ((int) address ^ SIGN) << Integer.SIZE | LAST;
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = low + high >>> 1;
            if (ranges[middle] <= highest) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low > 0 && address <= last(low - 1);
    }
}
