// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

/**
 * The keys of the flows that were added last. Each has the time when the flow began. Takes 16 bytes a flow, and 8 more for
 * the index. Only a search makes an index, because searches are rare. Grows up to a capacity, then each flow that is added
 * evicts the oldest. {@link #completeSince} returns the time from which on this set lacks no flow. Not thread-safe.
 */
final class RecentFlows {
    private static final int SMALLEST = 1024;
    /**
     * Maximum time in microseconds from the event of a flow to its begin. The kernel takes the time of the event when the first
     * packet comes ({@code nf_conntrack_event_cache()}), and that of the begin when the packet has passed all hooks
     * ({@code __nf_conntrack_confirm()}).
     */
    private static final long PASSAGE_MICROS = 2_000_000;
    /** The same without packets that wait for the verdict of a program. */
    private static final long USUAL_PASSAGE_MICROS = 100_000;

    /** Multiplier of Fibonacci hashing: 2^64 divided by the golden ratio. */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private int capacity;
    /** The keys and times in order of addition. The oldest element of this ring is at {@code first}. */
    private long[] keys = new long[SMALLEST];

    private long[] times = new long[SMALLEST];
    private int first;
    private int size;
    /**
     * The index, or null if there is none. Open addressing with linear probing: place in the ring plus one, or 0. Twice as
     * long as the ring.
     */
    private int[] places;

    private long latest = Long.MIN_VALUE;
    private long completeSince;

    /**
     * Creates an empty set.
     *
     * @param capacity maximum number of flows, a power of two
     * @param completeSince value of {@link #completeSince} until a flow is evicted
     */
    RecentFlows(int capacity, long completeSince) {
        this.capacity = capacity;
        this.completeSince = completeSince;
    }

    /** Returns a key of a flow. An id has 32 bits, too few for a large table; with the hash of the tuple it is unique. */
    static long key(long id, int tupleHash) {
        return id << 32 | Integer.toUnsignedLong(tupleHash);
    }

    /**
     * Adds a flow.
     *
     * @param time at which its event was sent or received, in microseconds since the epoch: hardly before the flow began. If the
     *     clock was set back, the latest time so far counts
     */
    void add(long key, long time) {
        latest = Math.max(latest, time);
        if (size == keys.length && size < capacity) {
            resize(2 * size);
        } else if (size == keys.length) {
            evictOldest();
        }
        int place = first + size & keys.length - 1;
        keys[place] = key;
        times[place] = latest;
        size++;
        if (places != null) {
            insert(place);
        }
    }

    /**
     * Reports whether this flow was added and is not evicted. A flow is known by its key and the time when it began.
     */
    boolean contains(long key, long began) {
        if (places == null) {
            index();
        }
        int mask = places.length - 1;
        for (int at = slot(key); places[at] != 0; at = at + 1 & mask) {
            int place = places[at] - 1;
            // Two flows have the same key if they have the same tuple and the same place in the kernel's memory.
            if (keys[place] == key && times[place] >= began - PASSAGE_MICROS) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns a time since which no flow is missing. All flows that were added and began at this time or later are in
     * the set.
     */
    long completeSince() {
        return completeSince;
    }

    /** Drops the index, without which {@link #add} takes less time. The next search makes it anew. */
    void dropIndex() {
        places = null;
    }

    /** Sets the capacity, a power of two, and evicts the flows that exceed it. */
    void setCapacity(int most) {
        capacity = most;
        while (size > most) {
            evictOldest();
        }
        if (keys.length > most) {
            resize(most);
        }
    }

    private void evictOldest() {
        completeSince = Math.max(completeSince, times[first] + USUAL_PASSAGE_MICROS + 1);
        if (places != null) {
            remove(first);
        }
        first = first + 1 & keys.length - 1;
        size--;
    }

    private void resize(int length) {
        long[] movedKeys = new long[length];
        long[] movedTimes = new long[length];
        for (int i = 0; i < size; i++) {
            int place = first + i & keys.length - 1;
            movedKeys[i] = keys[place];
            movedTimes[i] = times[place];
        }
        keys = movedKeys;
        times = movedTimes;
        first = 0;
        if (places != null) {
            index();
        }
    }

    private void index() {
        places = new int[2 * keys.length];
        for (int i = 0; i < size; i++) {
            insert(first + i & keys.length - 1);
        }
    }

    /**
     * Returns the place at which the search for a key begins. The kernel computes ids with a secret key, so nobody can
     * choose keys that collide here.
     */
    private int slot(long key) {
        return (int) (key * GOLDEN >>> Long.numberOfLeadingZeros(places.length) + 1);
    }

    private void insert(int place) {
        int mask = places.length - 1;
        int at = slot(keys[place]);
        while (places[at] != 0) {
            at = at + 1 & mask;
        }
        places[at] = place + 1;
    }

    /** Removes a place from the table, and moves those back that were inserted behind it. */
    private void remove(int place) {
        int mask = places.length - 1;
        int hole = slot(keys[place]);
        while (places[hole] != place + 1) {
            hole = hole + 1 & mask;
        }
        for (int at = hole + 1 & mask; places[at] != 0; at = at + 1 & mask) {
            int home = slot(keys[places[at] - 1]);
            if ((at - home & mask) >= (at - hole & mask)) {
                places[hole] = places[at];
                hole = at;
            }
        }
        places[hole] = 0;
    }
}
