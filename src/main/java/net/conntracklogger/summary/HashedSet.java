// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import static net.conntracklogger.concurrent.BoundedHashes.mix;

import java.util.random.RandomGenerator;
import net.conntracklogger.concurrent.BoundedHashes;
import net.conntracklogger.flow.IpAddress;

/**
 * A set of addresses with a number, as hashes. Their keys are random, so that nobody can choose values that collide. Two of 16,384
 * values collide once in 10^11 sets. Not thread-safe.
 */
final class HashedSet {
    /** Maximum number of hashes. */
    static final int MOST = 16_384;

    /** What {@link #add} returns if the set is full. */
    static final int FULL = BoundedHashes.FULL;

    /** All places are less. */
    static final int PLACES = BoundedHashes.places(MOST);

    private final long firstKey;
    private final long secondKey;
    private final BoundedHashes hashes = new BoundedHashes(MOST);

    HashedSet(RandomGenerator random) {
        firstKey = random.nextLong() | 1;
        secondKey = random.nextLong() | 1;
    }

    /** Adds an address with a number. Returns its place, or the complement of the place if it was there; {@link #FULL}. */
    int add(IpAddress address, long number) {
        return hashes.add(hash(address, number));
    }

    /** Returns the place of an address with a number; negative if it is not there. */
    int find(IpAddress address, long number) {
        return hashes.find(hash(address, number));
    }

    private long hash(IpAddress address, long number) {
        return mix(mix(mix(address.high() * firstKey) + address.low() * secondKey) + number * firstKey + secondKey);
    }

    int size() {
        return hashes.size();
    }

    void clear() {
        hashes.clear();
    }
}
