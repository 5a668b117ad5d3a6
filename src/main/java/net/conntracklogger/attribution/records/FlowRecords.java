// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.Closeable;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Shortage;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.bpf.BpfCounters;

/**
 * Looks up flow owners in the BPF maps {@code initiators} and {@code acceptors}. The owner may have ended before the
 * lookup. Not thread-safe, except for {@link #shortage}.
 */
public final class FlowRecords implements Closeable {
    /**
     * Maximum time from another namespace's record to its event, in nanoseconds. The packet takes time to arrive. Also
     * for records at connect() if the programs do not record SYN packets, because the first SYN may be lost.
     */
    private static final long TRANSIT_NANOS = 4_000_000_000L;
    /**
     * Time in which Linux repeats a connection's SYN by default, in nanoseconds. It begins with connect()
     * (tcp_syn_retries of tcp(7)). A record that is missing then was evicted.
     */
    private static final long SYN_REPEATED_NANOS = 127_000_000_000L;
    /**
     * Two uses of a tuple within this time, in nanoseconds, are not distinguishable. All other records are written
     * after the event, when the packet leaves or arrives, and not for every packet of a process.
     */
    private static final long SIMULTANEOUS_NANOS = 20_000_000;

    /** Whether conntrack saw a flow in the namespace of the service or in another. */
    private static final boolean HERE = false;

    private static final boolean ELSEWHERE = true;

    private final RecordMap initiators;
    private final RecordMap acceptors;
    private final boolean recordsSyns;
    private final EvictionMarks marks;
    private final Exchange exchange;
    private final BpfCounters counters;
    private final RecordDecoder decoder;
    private final AcceptorCheck check;
    private final AtomicLong evicted = new AtomicLong();

    /**
     * Opens the maps of loaded programs.
     *
     * @param programs closed by the caller, after this object
     * @param check decides about each record of an acceptor
     */
    public FlowRecords(ProgramSet programs, MapSizes sizes, RecordDecoder decoder, AcceptorCheck check) {
        exchange = new Exchange(programs);
        marks = new EvictionMarks(programs, sizes);
        initiators = new RecordMap(programs, "initiators", INITIATOR, marks, exchange);
        acceptors = new RecordMap(programs, "acceptors", ACCEPTOR, marks, exchange);
        recordsSyns = programs.recordsSyns();
        counters = new BpfCounters(programs.map("counters"));
        this.decoder = decoder;
        this.check = check;
    }

    /** Forgets the lookups that {@link #lookUpExpected} did. */
    public void clearExpected() {
        exchange.clear();
    }

    /**
     * Announces a lookup of an initiator or acceptor. Many lookups can then be done at once.
     *
     * @param hostNamespace as for {@link #initiator}
     * @param role {@link RecordLayout#INITIATOR} or {@link RecordLayout#ACCEPTOR}
     */
    public void expect(FlowTuple tuple, boolean hostNamespace, byte role) {
        exchange.add(tuple, hostNamespace, role);
    }

    /** Does the lookups that were announced; the next lookup of each takes the result. */
    public void lookUpExpected() {
        exchange.run();
    }

    /** Reports whether any container may have received a flow. */
    public boolean hasContainers() {
        return exchange.hasContainers();
    }

    /** Returns how many records are missing since the start. Thread-safe. */
    public Shortage shortage() {
        return new Shortage(
                counters.get(FLOWS_FAILED) + evicted.get(), counters.get(PROCESSES_FAILED) + decoder.evicted());
    }

    /**
     * Returns the number of packets since the start that left a socket without a record. The sender was unknown, or the
     * map was full.
     */
    public long unrecorded() {
        return counters.get(SENDERS_UNKNOWN) + counters.get(FLOWS_FAILED);
    }

    /**
     * Looks up the process that sent the first packet of a flow.
     *
     * @param hostNamespace whether to look for a socket of the service's network namespace or of any other
     * @param notBefore the flow began after this time of CLOCK_MONOTONIC, in nanoseconds
     * @param believesOld whether to accept a record that a newer one could replace
     */
    public RecordLookup initiator(FlowTuple tuple, boolean hostNamespace, long notBefore, boolean believesOld)
            throws LinuxException {
        if (!initiators.find(tuple, hostNamespace)) {
            return RecordLookup.NOTHING;
        }
        return isOfConnect(tuple) || !hostNamespace
                ? beforeEvent(hostNamespace, notBefore, believesOld)
                : attribute(initiators, contradiction(initiators, notBefore, HERE), HERE);
    }

    /** The same for a socket of another network namespace, in which conntrack saw the flow. */
    public RecordLookup initiator(FlowTuple tuple, NetworkNamespace namespace, long notBefore, boolean believesOld)
            throws LinuxException {
        if (!initiators.find(tuple, false) || !isIn(initiators, namespace)) {
            return RecordLookup.NOTHING;
        }
        return isOfConnect(tuple)
                ? beforeEvent(false, notBefore, believesOld)
                : attribute(initiators, contradiction(initiators, notBefore, ELSEWHERE), ELSEWHERE);
    }

    /**
     * Looks up the process whose socket received the first packet of a flow.
     *
     * @param tuple as that socket has it
     * @param hostNamespace as for {@link #initiator}
     * @param notBefore as for {@link #initiator}
     */
    public RecordLookup acceptor(FlowTuple tuple, boolean hostNamespace, long notBefore) throws LinuxException {
        return acceptors.find(tuple, hostNamespace)
                ? accepted(tuple, hostNamespace, notBefore, HERE)
                : RecordLookup.NOTHING;
    }

    /** The same for a socket of another network namespace, in which conntrack saw the flow. */
    public RecordLookup acceptor(FlowTuple tuple, NetworkNamespace namespace, long notBefore) throws LinuxException {
        return acceptors.find(tuple, false) && isIn(acceptors, namespace)
                ? accepted(tuple, false, notBefore, ELSEWHERE)
                : RecordLookup.NOTHING;
    }

    /**
     * Looks up the process at one side of a flow that has ended. The flow was in the service's network namespace. A
     * later flow with the tuple keeps its record.
     *
     * @param role {@link RecordLayout#INITIATOR} or {@link RecordLayout#ACCEPTOR}
     * @param began the flow began after this time of CLOCK_MONOTONIC, in nanoseconds
     * @param ended the flow ended before this time
     */
    public RecordLookup ended(FlowTuple tuple, byte role, long began, long ended) throws LinuxException {
        RecordMap map = role == INITIATOR ? initiators : acceptors;
        if (!map.find(tuple, true)) {
            return RecordLookup.NOTHING;
        }
        FlowRecord record = map.record();
        boolean written = role == INITIATOR && isOfConnect(tuple); // before the first packet
        if (record.seen() < began - (written ? SIMULTANEOUS_NANOS : 0) || record.seen() > ended) {
            return RecordLookup.NOTHING;
        }
        if (record.isShared(began - SIMULTANEOUS_NANOS)) {
            return RecordLookup.AMBIGUOUS;
        }
        boolean listens = role == ACCEPTOR && record.owner().pid() != 0;
        RecordLookup otherwise = listens ? check.check(record, tuple, true) : null;
        return otherwise != null ? otherwise : found(record);
    }

    /** Reports whether the initiator record of an unattributed flow was evicted, and counts the eviction. */
    public boolean countEvictedInitiator(FlowTuple tuple, boolean hostNamespace, long notBefore) {
        long early = hostNamespace ? SIMULTANEOUS_NANOS : TRANSIT_NANOS;
        long oldest = notBefore - (tuple.protocol().equals(Protocol.TCP) ? SYN_REPEATED_NANOS : early);
        return countEvicted(initiators.isEvicted(tuple, hostNamespace, oldest));
    }

    /** Reports whether the acceptor record of an unattributed flow was evicted, and counts the eviction. */
    public boolean countEvictedAcceptor(FlowTuple tuple, boolean hostNamespace, long notBefore) {
        return countEvicted(acceptors.isEvicted(tuple, hostNamespace, notBefore - SIMULTANEOUS_NANOS));
    }

    private boolean countEvicted(boolean isEvicted) {
        if (isEvicted) {
            evicted.incrementAndGet();
        }
        return isEvicted;
    }

    private static boolean isIn(RecordMap map, NetworkNamespace namespace) {
        long inode = map.record().owner().netns();
        return inode != 0 && inode == namespace.inode();
    }

    /** Reports whether the record was written at connect(), before the packet. */
    private boolean isOfConnect(FlowTuple tuple) {
        return tuple.protocol().equals(Protocol.TCP)
                && !initiators.record().owner().has(FORGED);
    }

    /**
     * Evaluates an initiator's record that is older than the event. connect() writes the record before the SYN leaves, so a record
     * of this flow is updated by the SYN and becomes younger than the event. If no SYN updated it, the record is of an earlier
     * flow with the same tuple.
     */
    private RecordLookup beforeEvent(boolean hostNamespace, long notBefore, boolean believesOld) throws LinuxException {
        FlowRecord record = initiators.record();
        // Containers may share an address, so the packet of the other container may still be in transit.
        boolean shared = hostNamespace
                ? record.seen() >= notBefore && record.isShared(notBefore - SIMULTANEOUS_NANOS)
                : record.isShared(notBefore - TRANSIT_NANOS);
        if (shared) {
            return RecordLookup.AMBIGUOUS;
        }
        if (record.seen() + SIMULTANEOUS_NANOS >= notBefore) {
            return found(record);
        }
        if (!believesOld) {
            return RecordLookup.OLD;
        }
        boolean believed = record.seen() + TRANSIT_NANOS >= notBefore && (!hostNamespace || !recordsSyns);
        return believed ? found(record) : RecordLookup.NOTHING;
    }

    /**
     * Returns why a record is not the flow's; null if the record is valid. For records that are written with the first
     * packet of the flow.
     */
    private static RecordLookup contradiction(RecordMap map, long notBefore, boolean elsewhere) {
        FlowRecord record = map.record();
        if (record.seen() < notBefore) {
            return RecordLookup.NOTHING; // an earlier flow
        }
        if (record.isShared(notBefore - SIMULTANEOUS_NANOS)) {
            return RecordLookup.AMBIGUOUS;
        }
        // The record belongs to an earlier flow of the tuple. The record of this flow does not exist yet.
        return map.isAttributed(elsewhere) ? RecordLookup.STALE : null;
    }

    private RecordLookup accepted(FlowTuple tuple, boolean hostNamespace, long notBefore, boolean elsewhere)
            throws LinuxException {
        RecordLookup contradiction = contradiction(acceptors, notBefore, elsewhere);
        if (contradiction != null) {
            return contradiction;
        }
        FlowRecord record = acceptors.record();
        boolean visible = record.owner().pid() != 0;
        return attribute(acceptors, visible ? check.check(record, tuple, hostNamespace) : null, elsewhere);
    }

    /**
     * Returns {@code otherwise}, or the recorded owner if {@code otherwise} is null. No other flow gets this record.
     */
    private RecordLookup attribute(RecordMap map, RecordLookup otherwise, boolean elsewhere) throws LinuxException {
        RecordLookup lookup = otherwise != null ? otherwise : found(map.record());
        if (lookup instanceof RecordLookup.Found) {
            map.setAttributed(elsewhere);
        }
        return lookup;
    }

    private RecordLookup found(FlowRecord record) throws LinuxException {
        return new RecordLookup.Found(decoder.decode(record.owner(), record.seen())).with(record);
    }

    @Override
    public void close() {
        initiators.close();
        acceptors.close();
        marks.close();
        exchange.close();
        counters.close();
    }
}
