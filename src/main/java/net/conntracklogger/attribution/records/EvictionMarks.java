// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.linux.bpf.BpfMap;

/**
 * Reads the map {@code traces}, which shows that a flow record was written. An LRU map evicts records silently; a mark
 * without a record proves an eviction. Another flow may overwrite the mark, so absence proves nothing. Not thread-safe.
 */
final class EvictionMarks implements AutoCloseable {
    private final BpfMap marks;
    private final int mask;

    EvictionMarks(ProgramSet programs, MapSizes sizes) {
        marks = new BpfMap(programs.map("traces"), Integer.BYTES, TRACE_LENGTH, 0);
        mask = sizes.traces() - 1;
    }

    /**
     * Reports whether a record with this key hash was written.
     *
     * @param hash of the key, see {@link FlowKey#hash}
     * @param notBefore earliest time of the write, nanoseconds of CLOCK_MONOTONIC
     */
    boolean contains(long hash, long notBefore) {
        marks.key().putInt(0, (int) (hash >>> 32) & mask);
        return marks.find()
                && marks.value().getInt(TRACE_HASH) == (int) hash
                && marks.value().getInt(TRACE_TIME) - (int) (notBefore >> TRACE_TIME_SHIFT) >= 0;
    }

    @Override
    public void close() {
        marks.close();
    }
}
