// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * A set of hashes of 64 bits, of bounded size. Takes 16 bytes for each that it may hold, from the beginning. The caller mixes a
 * secret key into the hashes, so that nobody can choose values that collide. Not thread-safe.
 */
public final class BoundedHashes {
    /** What {@link #add} returns if the set is full. */
    public static final int FULL = Integer.MIN_VALUE;

    /** 2^64 divided by the golden ratio. Odd, as is the constant of MurmurHash3 below, so that no bit is lost. */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private static final long MIXER = 0xff51_afd7_ed55_8ccdL;

    private final int most;
    /** Open addressing with linear probing; 0 is free. */
    private final long[] hashes;

    private int size;

    /**
     * Creates an empty set.
     *
     * @param most maximum number of hashes, a power of two
     */
    public BoundedHashes(int most) {
        this.most = most;
        this.hashes = new long[places(most)];
    }

    /** Returns the number of places of a set: all places are less. */
    public static int places(int most) {
        return 2 * most;
    }

    /** Returns a value whose bits all depend on all bits of the given value. */
    public static long mix(long value) {
        long mixed = (value ^ value >>> 32) * MIXER;
        return (mixed ^ mixed >>> 29) * GOLDEN;
    }

    /** Adds a hash. Returns its place, or the complement of the place if it was there; {@link #FULL}. */
    public int add(long hash) {
        int place = place(hash);
        if (hashes[place] != 0) {
            return ~place;
        }
        if (size == most) {
            return FULL;
        }
        hashes[place] = used(hash);
        size++;
        return place;
    }

    /** Returns the place of a hash; negative if it is not there. */
    public int find(long hash) {
        int place = place(hash);
        return hashes[place] == 0 ? -1 : place;
    }

    /** Returns where a hash is, or else the free place where it belongs. */
    private int place(long hash) {
        long used = used(hash);
        int mask = hashes.length - 1;
        int place = (int) (used >>> 1) & mask;
        while (hashes[place] != 0 && hashes[place] != used) {
            place = place + 1 & mask;
        }
        return place;
    }

    private static long used(long hash) {
        return hash == 0 ? 1 : hash;
    }

    /** Returns the number of hashes. */
    public int size() {
        return size;
    }

    /** Returns the hashes, in no order. */
    public LongStream all() {
        return Arrays.stream(hashes).filter(hash -> hash != 0);
    }

    /** Removes all hashes. */
    public void clear() {
        Arrays.fill(hashes, 0);
        size = 0;
    }
}
