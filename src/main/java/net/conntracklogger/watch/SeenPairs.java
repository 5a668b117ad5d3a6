// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.util.Arrays;
import net.conntracklogger.flow.IpAddress;

/**
 * Pairs of a unit and a destination, as hashes of 64 bits. Bounded in number. The hashes have a secret key, so that nobody
 * can choose an address that passes for another: two of 262,144 pairs collide once in 500 million sets. Takes 4 MiB. Not
 * thread-safe.
 */
public final class SeenPairs {
    /** Maximum number of pairs. */
    public static final int MOST = 1 << 18;

    private static final int PLACES = 2 * MOST;
    /** 2^64 divided by the golden ratio, and a constant of MurmurHash3. Both are odd, so that no bit is lost. */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private static final long MIXER = 0xff51_afd7_ed55_8ccdL;

    private final long key;
    /** Open addressing with linear probing; 0 is free. */
    private final long[] hashes = new long[PLACES];

    private int size;
    private boolean full;

    /** @param key of the hashes, which is secret */
    public SeenPairs(long key) {
        this.key = key;
    }

    /** Returns the key of the hashes. */
    public long key() {
        return key;
    }

    /** Returns the hash of a unit, the part of {@link #hash} that takes longest. */
    public long unitHash(String unit) {
        long hash = key;
        for (int i = 0; i < unit.length(); i++) {
            hash = mix(hash ^ unit.charAt(i));
        }
        return mix(hash ^ unit.length());
    }

    /** Returns the hash of a pair, never 0. */
    public long hash(long unitHash, IpAddress destination) {
        long hash = mix(mix(mix(unitHash ^ destination.high()) ^ destination.low()) ^ (destination.v6() ? key : ~key));
        return hash == 0 ? 1 : hash;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * MIXER;
        return (mixed ^ mixed >>> 29) * GOLDEN;
    }

    /** Adds a pair. Returns whether it was not there; false, too, if the set is full. */
    public boolean add(long hash) {
        int place = (int) (hash >>> 1) & PLACES - 1;
        while (hashes[place] != 0) {
            if (hashes[place] == hash) {
                return false;
            }
            place = place + 1 & PLACES - 1;
        }
        if (size == MOST) {
            full = true;
            return false;
        }
        hashes[place] = hash;
        size++;
        return true;
    }

    /** Adds the pairs of a set with the same key. */
    void addAll(SeenPairs others) {
        for (long hash : others.hashes) {
            if (hash != 0) {
                add(hash);
            }
        }
        full |= others.full;
    }

    /** Returns the number of pairs. */
    public int size() {
        return size;
    }

    /** Reports whether a pair did not fit. The set does not know all pairs then. */
    public boolean isFull() {
        return full;
    }

    /** Declares that pairs are missing. */
    void setFull() {
        full = true;
    }

    /** Returns the hashes of the pairs. */
    long[] all() {
        return Arrays.stream(hashes).filter(hash -> hash != 0).toArray();
    }
}
