// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import net.conntracklogger.flow.IpAddress;

/** A set of IPv6 addresses as ranges, 32 bytes each. Thread-safe once sorted. */
final class Ipv6Ranges {
    private static final int WORDS = 4;
    /** Offset of the last address in a range; the first is at 0. Each has two words, as {@link IpAddress} has. */
    private static final int LAST = 2;

    private final long[] words;
    private int size;

    Ipv6Ranges(int capacity) {
        words = new long[capacity * WORDS];
    }

    /** Reports whether no network fits. */
    boolean isFull() {
        return size * WORDS == words.length;
    }

    void add(IpAddress network, int bits) {
        long highMask = mask(Math.min(bits, Long.SIZE));
        long lowMask = mask(Math.max(bits - Long.SIZE, 0));
        int at = WORDS * size++;
        words[at] = network.high() & highMask;
        words[at + 1] = network.low() & lowMask;
        words[at + LAST] = network.high() | ~highMask;
        words[at + LAST + 1] = network.low() | ~lowMask;
    }

    private static long mask(int bits) {
        return bits == 0 ? 0 : -1L << Long.SIZE - bits;
    }

    /** Sorts the ranges and joins those that overlap. Called once, after the last network was added. */
    void sort() {
        // Heapsort, because it needs no further memory and no input makes it slow.
        for (int root = size / 2 - 1; root >= 0; root--) {
            sink(root, size);
        }
        for (int end = size - 1; end > 0; end--) {
            swap(0, end);
            sink(0, end);
        }
        int joined = 0;
        for (int i = 0; i < size; i++) {
            int before = WORDS * (joined - 1) + LAST;
            int at = WORDS * i;
            if (joined == 0 || compare(words[at], words[at + 1], before) > 0) {
                System.arraycopy(words, at, words, WORDS * joined++, WORDS);
            } else if (compare(words[at + LAST], words[at + LAST + 1], before) > 0) {
                System.arraycopy(words, at + LAST, words, before, WORDS - LAST);
            }
        }
        size = joined;
    }

    private void sink(int from, int end) {
        int root = from;
        for (int child = 2 * root + 1; child < end; child = 2 * root + 1) {
            if (child + 1 < end && isBefore(child, child + 1)) {
                child++;
            }
            if (!isBefore(root, child)) {
                return;
            }
            swap(root, child);
            root = child;
        }
    }

    private boolean isBefore(int one, int other) {
        return compare(words[WORDS * one], words[WORDS * one + 1], WORDS * other) < 0;
    }

    private void swap(int one, int other) {
        for (int i = 0; i < WORDS; i++) {
            long word = words[WORDS * one + i];
            words[WORDS * one + i] = words[WORDS * other + i];
            words[WORDS * other + i] = word;
        }
    }

    /** Compares an address with that at an offset. */
    private int compare(long high, long low, int offset) {
        int result = Long.compareUnsigned(high, words[offset]);
        return result != 0 ? result : Long.compareUnsigned(low, words[offset + 1]);
    }

    /** Reports whether the set has this address. Only the last range that begins at or before it can have it. */
    boolean contains(long high, long low) {
        int from = 0;
        int to = size;
        while (from < to) {
            int middle = from + to >>> 1;
            if (compare(high, low, WORDS * middle) >= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from > 0 && compare(high, low, WORDS * (from - 1) + LAST) <= 0;
    }
}
