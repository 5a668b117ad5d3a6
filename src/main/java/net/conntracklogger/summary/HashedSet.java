// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import net.conntracklogger.flow.IpAddress;

/**
 * A set of hashes of 64 bits, of bounded size. Their keys are random, so that nobody can choose values that collide. Two of
 * 16,384 values collide once in 10^11 sets. Not thread-safe.
 */
final class HashedSet {
    /** Maximum number of hashes. */
    static final int MOST = 16_384;

    /** What {@link #add} returns if the set is full. */
    static final int FULL = Integer.MIN_VALUE;

    /** Twice the number of hashes, a power of two. */
    static final int PLACES = 2 * MOST;

    /** 2^64 divided by the golden ratio. Odd, as is the constant of MurmurHash3 below, so that no bit is lost. */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private static final long MIXER = 0xff51_afd7_ed55_8ccdL;

    private final long firstKey;
    private final long secondKey;
    private final long[] hashes = new long[PLACES];
    private int size;

    HashedSet(RandomGenerator random) {
        firstKey = random.nextLong() | 1;
        secondKey = random.nextLong() | 1;
    }

    /** Adds an address with a number. Returns its place, or the complement of the place if it was there; {@link #FULL}. */
    int add(IpAddress address, long number) {
        long hash = hash(address, number);
        int place = place(hash);
        if (hashes[place] != 0) {
            return ~place;
        }
        if (size == MOST) {
            return FULL;
        }
        hashes[place] = hash;
        size++;
        return place;
    }

    /** Returns the place of an address with a number; negative if it is not there. */
    int find(IpAddress address, long number) {
        int place = place(hash(address, number));
        return hashes[place] == 0 ? -1 : place;
    }

    private long hash(IpAddress address, long number) {
        long hash =
                mix(mix(mix(address.high() * firstKey) + address.low() * secondKey) + number * firstKey + secondKey);
        return hash == 0 ? 1 : hash;
    }

    /** Returns where a hash is, or else the free place where it belongs. */
    private int place(long hash) {
        int place = (int) (hash >>> 1) & PLACES - 1;
        while (hashes[place] != 0 && hashes[place] != hash) {
            place = place + 1 & PLACES - 1;
        }
        return place;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * MIXER;
        return (mixed ^ mixed >>> 29) * GOLDEN;
    }

    int size() {
        return size;
    }

    void clear() {
        Arrays.fill(hashes, 0);
        size = 0;
    }
}
