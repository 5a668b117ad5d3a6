// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import static net.conntracklogger.concurrent.BoundedHashes.mix;

import net.conntracklogger.concurrent.BoundedHashes;
import net.conntracklogger.flow.IpAddress;

/**
 * Pairs of a unit and a destination, as hashes of 64 bits. Bounded in number. The hashes have a secret key, so that nobody
 * can choose an address that passes for another: two of 262,144 pairs collide once in 500 million sets. Takes 4 MiB. Not
 * thread-safe.
 */
public final class SeenPairs {
    /** Maximum number of pairs. */
    public static final int MOST = 1 << 18;

    private final long key;
    private final BoundedHashes hashes = new BoundedHashes(MOST);
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

    /** Returns the hash of a pair. */
    public long hash(long unitHash, IpAddress destination) {
        return mix(mix(mix(unitHash ^ destination.high()) ^ destination.low()) ^ (destination.v6() ? key : ~key));
    }

    /** Adds a pair. Returns whether it was not there; false, too, if the set is full. */
    public boolean add(long hash) {
        int place = hashes.add(hash);
        full |= place == BoundedHashes.FULL;
        return place >= 0;
    }

    /** Adds the pairs of a set with the same key. */
    void addAll(SeenPairs others) {
        others.hashes.all().forEach(this::add);
        full |= others.full;
    }

    /** Returns the number of pairs. */
    public int size() {
        return hashes.size();
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
        return hashes.all().toArray();
    }
}
