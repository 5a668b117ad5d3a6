// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.Owner;

/**
 * The owners that were decoded most recently, by the bytes of their records. Flows of one process usually have the same record,
 * and then get the same object. Not thread-safe.
 */
final class DecodedOwners {
    /** Maximum age of an owner, in nanoseconds. It is limited because not all facts are in the record. */
    static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int SLOTS = 256;
    private static final int WORDS = RecordLayout.OWNER_LENGTH / Long.BYTES;

    /** An owner of flows between two times of CLOCK_MONOTONIC, unless a unit has changed. */
    private static final class Entry {
        private final long[] record;
        private final Owner owner;
        private final long from;
        private final long until;
        private final long unitChanges;

        Entry(long[] record, Owner owner, long from, long until, long unitChanges) {
            this.record = record;
            this.owner = owner;
            this.from = from;
            this.until = until;
            this.unitChanges = unitChanges;
        }
    }

    private final Entry[] entries = new Entry[SLOTS];
    private final long[] record = new long[WORDS];
    private int slot;

    /**
     * Returns the owner of a record; null if it was not decoded recently.
     *
     * @param seen time of the flow, nanoseconds of CLOCK_MONOTONIC
     * @param unitChanges number of changes of units by then
     */
    Owner get(OwnerRecord owner, long seen, long unitChanges) {
        read(owner);
        Entry entry = entries[slot];
        return entry != null
                        && entry.unitChanges == unitChanges
                        && seen >= entry.from
                        && seen < entry.until
                        && isOf(entry)
                ? entry.owner
                : null;
    }

    /**
     * Keeps the owner of the record for which {@link #get} has just returned null.
     *
     * @param until the owner is not valid for later flows
     */
    void put(Owner owner, long seen, long until, long unitChanges) {
        entries[slot] = new Entry(record.clone(), owner, seen, until, unitChanges);
    }

    private void read(OwnerRecord owner) {
        ByteBuffer bytes = owner.bytes();
        long hash = 0;
        for (int i = 0; i < WORDS; i++) {
            record[i] = bytes.getLong(owner.at() + i * Long.BYTES);
            hash = FlowKey.mix(hash, record[i]);
        }
        slot = (int) (hash >>> 32) & SLOTS - 1;
    }

    private boolean isOf(Entry entry) {
        for (int i = 0; i < WORDS; i++) {
            if (entry.record[i] != record[i]) {
                return false;
            }
        }
        return true;
    }
}
