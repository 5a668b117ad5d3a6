// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.bpf.BpfMap;

/** The flow records of one role: the map {@code initiators} or {@code acceptors}. Not thread-safe. */
final class RecordMap implements AutoCloseable {
    private static final int ATTRIBUTED_SLOTS = 4096;

    private final BpfMap map;
    private final byte role;
    private final EvictionMarks marks;
    private final Exchange exchange;
    private final FlowRecord record;
    /** Times of the records that were attributed to a flow, by hash of their key. Each view of a flow has its own. */
    private final long[][] attributed = new long[2][ATTRIBUTED_SLOTS];

    /**
     * Opens a map of loaded programs.
     *
     * @param role {@link RecordLayout#INITIATOR} or {@link RecordLayout#ACCEPTOR}
     * @param marks of both roles; closed by the caller
     * @param exchange lookups of both roles that are done already; closed by the caller
     */
    RecordMap(ProgramSet programs, String name, byte role, EvictionMarks marks, Exchange exchange) {
        map = new BpfMap(programs.map(name), KEY_LENGTH, FLOW_LENGTH, FLOW_OTHER_SEEN);
        this.role = role;
        this.marks = marks;
        this.exchange = exchange;
        record = new FlowRecord(map.value());
    }

    /** Looks up the record of a flow and reports whether it exists. {@link #record} then returns it. */
    boolean find(FlowTuple tuple, boolean hostNamespace) {
        FlowKey.write(map.key(), 0, tuple, hostNamespace);
        Exchange.Result result = exchange.take(map.key(), role, map.value());
        return result == Exchange.Result.NOT_DONE ? map.find() : result == Exchange.Result.FOUND;
    }

    /** Returns the record that the most recent lookup found. */
    FlowRecord record() {
        return record;
    }

    /**
     * Reports whether this very record was attributed to an earlier flow.
     *
     * @param elsewhere whether conntrack saw the flow in another network namespace: it may report one flow in two
     */
    boolean isAttributed(boolean elsewhere) {
        return attributed[elsewhere ? 1 : 0][slot()] == record.seen();
    }

    /** Remembers that this record is attributed to a flow. */
    void setAttributed(boolean elsewhere) {
        attributed[elsewhere ? 1 : 0][slot()] = record.seen();
    }

    /**
     * Reports whether a record of a flow was written and evicted.
     *
     * @param notBefore earliest time of the write, nanoseconds of CLOCK_MONOTONIC
     */
    boolean isEvicted(FlowTuple tuple, boolean hostNamespace, long notBefore) {
        FlowKey.write(map.key(), 0, tuple, hostNamespace);
        return marks.contains(FlowKey.hash(map.key(), role), notBefore) && !map.find();
    }

    private int slot() {
        return (int) (FlowKey.hash(map.key(), role) >>> 32) & ATTRIBUTED_SLOTS - 1;
    }

    @Override
    public void close() {
        map.close();
    }
}
