// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.attribution.listeners.Listeners;
import net.conntracklogger.attribution.listeners.SocketIterator;
import net.conntracklogger.attribution.listeners.SocketSnapshot;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.linux.bpf.LibBpf;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;

/**
 * Owners of flows, as eBPF programs in the kernel wrote them down while the flows began: nothing has to be there any more
 * when it is asked. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a unified control group hierarchy, of which it
 * covers the part that can be seen from here. Not safe for use by several threads.
 */
public final class FlowRecords implements Closeable {
    /** Descriptors of sockets that a snapshot keeps: 9.4 MB of memory outside of the heap. */
    public static final int LARGEST_SNAPSHOT = 65_536;

    /**
     * What is noted at connect(), or in another namespace, is older than the event by as long as the packet took to get
     * here, in nanoseconds; a first SYN may get lost.
     */
    private static final long ON_THE_WAY = 4_000_000_000L;
    /**
     * All else is noted as the packet leaves or arrives, after the event, and by a process that goes on not with every
     * packet. Within this time two uses of one tuple are not told apart.
     */
    private static final long AT_ONCE = 20_000_000;

    private static final int GIVEN = 4096;

    private final ProgramSet programs;
    private final BpfMap flows;
    private final BpfMap counters;
    private final BpfMap traces;
    private final int traceMask;
    private final AtomicLong flowsForgotten = new AtomicLong();
    private final AtomicLong socketsLeftOut = new AtomicLong();
    private final RecordDecoder owners;
    private final ProcessTable processes;
    private final LocalPorts anonymousPorts;
    private final Listeners listeners;
    /** Times of the notes that were given to a flow, by hash of their key. */
    private final long[] given = new long[GIVEN];

    private FlowRecords(
            ProgramSet programs,
            MapSizes sizes,
            RecordDecoder owners,
            ProcessTable processes,
            LocalPorts anonymousPorts) {
        this.programs = programs;
        this.flows = new BpfMap(programs.map("flows"), KEY_LENGTH, FLOW_LENGTH, FLOW_OTHER_SEEN);
        this.counters =
                new BpfMap(programs.map("counters"), Integer.BYTES, LibBpf.libbpf_num_possible_cpus() * Long.BYTES, 0);
        this.traces = new BpfMap(programs.map("traces"), Integer.BYTES, TRACE_LENGTH, 0);
        this.traceMask = sizes.traces() - 1;
        this.owners = owners;
        this.processes = processes;
        this.anonymousPorts = anonymousPorts;
        this.listeners = new Listeners(programs.sockets(), owners, processes, anonymousPorts);
    }

    /**
     * Loads the programs, and notes the sockets that are there already.
     *
     * @param proc root of procfs
     * @param object their object file
     * @throws IOException where this kernel does not take them, or does not let us
     */
    public static FlowRecords load(
            Path proc,
            Path object,
            MapSizes sizes,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            Identities identities,
            boolean commandLines)
            throws IOException {
        if (!groups.isUnified()) {
            throw new IOException("no unified control group hierarchy is mounted");
        }
        LocalPorts anonymousPorts = LocalPorts.anonymous(proc);
        ProgramSet programs;
        int pidns;
        try (NativeBuffer config = ProgramConfig.of(groups, sizes)) {
            programs = ProgramSet.load(object.toString(), sizes.entries(), config, groups.mountDescriptor());
            pidns = config.bytes().getInt(CONFIG_PIDNS);
        }
        try {
            Optional<SocketIterator> sockets = programs.sockets();
            if (sockets.isPresent()) {
                sockets.get().run(SocketIterator.ALL, (bytes, at) -> {}); // It notes them in the kernel.
            }
            ProcessImages facts = new ProcessImages(programs);
            RecordDecoder owners = new RecordDecoder(facts, processes, groups, clock, identities, pidns, commandLines);
            return new FlowRecords(programs, sizes, owners, processes, anonymousPorts);
        } catch (LinuxException e) {
            programs.close();
            throw e;
        }
    }

    /**
     * Who holds which socket now, for flows that are older than the programs; of 65,536 descriptors at most. Is the caller's
     * to close, before this is. Empty where this kernel does not take the program that lists them.
     */
    public Optional<SocketSnapshot> snapshot() throws LinuxException {
        return snapshot(LARGEST_SNAPSHOT);
    }

    /** The same of as many descriptors as this. */
    public Optional<SocketSnapshot> snapshot(int largest) throws LinuxException {
        Optional<SocketIterator> sockets = programs.sockets();
        if (sockets.isEmpty()) {
            return Optional.empty();
        }
        SocketSnapshot taken =
                SocketSnapshot.take(sockets.get(), largest, (bytes, at) -> true, owners, processes, anonymousPorts);
        socketsLeftOut.addAndGet(taken.leftOut());
        return Optional.of(taken);
    }

    /** How many descriptors of sockets snapshots had no room for. Any thread may ask. */
    public long socketsLeftOut() {
        return socketsLeftOut.get();
    }

    /**
     * Records that are missing, since the start: what the maps had no room for, or forgot before it was asked for. What they
     * forgot unseen, as another flow left its trace in the same place, is not counted: there are at least so many.
     *
     * @param flows of flows: KernelFlows= is too small
     * @param processes of processes' command lines, paths and control groups: KernelProcesses= is too small
     */
    public record Shortage(long flows, long processes) {}

    /** Whether the program that notes who sends the first packet of such a flow is in place. */
    public boolean notesInitiators(Protocol protocol) {
        FlowProgram program =
                protocol.equals(Protocol.TCP) ? FlowProgram.TCP_CONNECT_OR_LISTEN : FlowProgram.PACKET_SENT;
        return !programs.missing().contains(program.text());
    }

    /** Whether the program that notes who takes in flows is in place. */
    public boolean notesAcceptors() {
        return !programs.missing().contains(FlowProgram.PACKET_RECEIVED.text());
    }

    /** Whether all programs are in place. */
    public boolean isComplete() {
        return programs.missing().isEmpty();
    }

    /** In words, the owners that are not noted for want of programs; empty where none is missing. */
    public String uncovered() {
        return FlowProgram.uncovered(programs.missing());
    }

    /** What is missing so far. Any thread may ask. */
    public synchronized Shortage shortage() {
        return new Shortage(count(FLOWS_FAILED) + flowsForgotten.get(), count(PROCESSES_FAILED) + owners.forgotten());
    }

    private long count(int counter) {
        counters.key().putInt(0, counter);
        if (!counters.find()) {
            return 0;
        }
        long sum = 0;
        for (int i = 0; i < counters.value().capacity(); i += Long.BYTES) {
            sum += counters.value().getLong(i);
        }
        return sum;
    }

    /** Names of the programs that are in place. */
    public Set<String> programs() {
        return programs.attached();
    }

    /**
     * Who sent the first packet of a flow.
     *
     * @param here whether from a socket of this network namespace
     * @param notBefore the flow began after this time of CLOCK_MONOTONIC, in nanoseconds
     * @param believesOld whether to believe an old note that a newer one could replace
     */
    public RecordLookup initiator(FlowTuple tuple, boolean here, long notBefore, boolean believesOld)
            throws LinuxException {
        if (!find(tuple, INITIATOR, here)) {
            return RecordLookup.NOTHING;
        }
        return isConnected(tuple) || !here
                ? notedBefore(here, notBefore, believesOld)
                : give(checkNotedAfter(notBefore));
    }

    /** The same, from a socket of another network namespace, where conntrack saw it too. */
    public RecordLookup initiator(FlowTuple tuple, NetworkNamespace there, long notBefore, boolean believesOld)
            throws LinuxException {
        if (!find(tuple, INITIATOR, false) || !isIn(there)) {
            return RecordLookup.NOTHING;
        }
        return isConnected(tuple) ? notedBefore(false, notBefore, believesOld) : give(checkNotedAfter(notBefore));
    }

    /** Whether the note is of a connect(), which comes before the packet. */
    private boolean isConnected(FlowTuple tuple) {
        return tuple.protocol().equals(Protocol.TCP) && !RecordDecoder.is(FORGED, flows.value(), FLOW_OWNER);
    }

    /** How much older than its flow's event a note of the sender may be, in nanoseconds. */
    private static long slack(FlowTuple tuple, boolean here) {
        return tuple.protocol().equals(Protocol.TCP) || !here ? ON_THE_WAY : AT_ONCE;
    }

    /** That the owner of a flow which ended up with none had been noted by the kernel, and forgotten; counts it. */
    public boolean forgot(FlowTuple tuple, byte role, boolean here, long notBefore) {
        writeKey(flows.key(), tuple, role, here);
        long hash = keyHash();
        traces.key().putInt(0, (int) (hash >>> 32) & traceMask);
        long oldest = notBefore - (role == INITIATOR ? slack(tuple, here) : AT_ONCE);
        boolean forgot = traces.find()
                && traces.value().getInt(TRACE_HASH) == (int) hash
                && traces.value().getInt(TRACE_TIME) - (int) (oldest >> TRACE_TIME_SHIFT) >= 0
                && !flows.find();
        if (forgot) {
            flowsForgotten.incrementAndGet();
        }
        return forgot;
    }

    /**
     * Whose socket took the first packet of a flow: who listens, or whom the socket was passed to.
     *
     * @param tuple as that socket sees it
     * @param here whether it is a socket of this network namespace
     * @param notBefore as of {@link #initiator}
     */
    public RecordLookup acceptor(FlowTuple tuple, boolean here, long notBefore) throws LinuxException {
        return find(tuple, ACCEPTOR, here) ? accepted(tuple, here, notBefore) : RecordLookup.NOTHING;
    }

    /** The same, of a socket of another network namespace, where conntrack saw it too. */
    public RecordLookup acceptor(FlowTuple tuple, NetworkNamespace there, long notBefore) throws LinuxException {
        return find(tuple, ACCEPTOR, false) && isIn(there) ? accepted(tuple, false, notBefore) : RecordLookup.NOTHING;
    }

    private RecordLookup accepted(FlowTuple tuple, boolean here, long notBefore) throws LinuxException {
        RecordLookup against = checkNotedAfter(notBefore);
        if (against != null) {
            return against;
        }
        int pid = RecordDecoder.pid(flows.value(), FLOW_OWNER);
        RecordLookup found = give(pid == 0 ? null : listeners.acceptor(flows.value(), tuple, here));
        return found instanceof RecordLookup.Unsettled unsettled
                ? new RecordLookup.Unsettled(unsettled.lasting(), flows.value().getLong(FLOW_SOCKET))
                : found;
    }

    private boolean find(FlowTuple tuple, byte role, boolean here) {
        writeKey(flows.key(), tuple, role, here);
        return flows.find();
    }

    private boolean isIn(NetworkNamespace namespace) {
        long inode = Integer.toUnsignedLong(flows.value().getInt(FLOW_OWNER + OWNER_NETNS));
        return inode != 0 && inode == namespace.inode();
    }

    private long seen() {
        return flows.value().getLong(FLOW_SEEN);
    }

    /** Whether another process used the tuple later than so long before that time. */
    private boolean isShared(long before, long notBefore) {
        long otherSeen = flows.value().getLong(FLOW_OTHER_SEEN);
        return otherSeen != 0 && otherSeen + before >= notBefore;
    }

    private RecordLookup notedBefore(boolean here, long notBefore, boolean believesOld) throws LinuxException {
        if (seen() + ON_THE_WAY < notBefore) {
            return RecordLookup.NOTHING; // Of an earlier flow.
        }
        // Containers can have the same address. Then the packet of the other may be the one that was still on its way.
        boolean shared = here ? seen() >= notBefore && isShared(AT_ONCE, notBefore) : isShared(ON_THE_WAY, notBefore);
        if (shared) {
            return RecordLookup.AMBIGUOUS;
        }
        boolean old = seen() + AT_ONCE < notBefore && !RecordDecoder.is(KERNEL, flows.value(), FLOW_OWNER);
        return old && !believesOld ? RecordLookup.OLD : found();
    }

    /** What speaks against a note that comes with the flow's first packet; null: nothing. */
    private RecordLookup checkNotedAfter(long notBefore) {
        if (seen() < notBefore) {
            return RecordLookup.NOTHING; // Of an earlier flow.
        }
        if (isShared(AT_ONCE, notBefore)) {
            return RecordLookup.AMBIGUOUS;
        }
        // As long as it is the very note that an earlier flow of the tuple had, this flow's own is still to come.
        return given[givenSlot()] == seen() ? RecordLookup.STALE : null;
    }

    /** What was found otherwise, or else by the note: no other flow gets either. */
    private RecordLookup give(RecordLookup otherwise) throws LinuxException {
        RecordLookup finding = otherwise != null ? otherwise : found();
        if (finding instanceof RecordLookup.Found) {
            given[givenSlot()] = seen();
        }
        return finding;
    }

    private int givenSlot() {
        return (int) (keyHash() >>> 32) & GIVEN - 1;
    }

    /** {@code hash_of()} of the programs. */
    private long keyHash() {
        long hash = 0;
        for (int i = 0; i < KEY_LENGTH; i += Long.BYTES) {
            hash = (hash ^ flows.key().getLong(i)) * 0x9e3779b97f4a7c15L + (hash >>> 29);
        }
        return hash;
    }

    private RecordLookup found() throws LinuxException {
        return new RecordLookup.Found(owners.decode(OwnerSource.BPF, flows.value(), FLOW_OWNER, seen(), seen()));
    }

    private static void writeKey(ByteBuffer key, FlowTuple tuple, byte role, boolean here) {
        tuple.source().asMapped().write(key, KEY_SOURCE);
        tuple.destination().asMapped().write(key, KEY_DESTINATION);
        short sourcePort = 0;
        short destinationPort = 0;
        // Kernels that still know the ports of DCCP tell them.
        if (tuple.layer4() instanceof Layer4.Ports ports && !tuple.protocol().equals(Protocol.DCCP)) {
            sourcePort = (short) ports.source();
            destinationPort = (short) ports.destination();
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            sourcePort = (short) icmp.id();
            destinationPort = (short) (icmp.type() << 8 | icmp.code());
        }
        key.putShort(KEY_SOURCE_PORT, bigEndian(sourcePort)).putShort(KEY_DESTINATION_PORT, bigEndian(destinationPort));
        key.put(KEY_PROTOCOL, (byte) tuple.protocol().number()).put(KEY_ROLE, role);
        key.put(KEY_OWN_NETNS, (byte) (here ? 1 : 0));
    }

    private static short bigEndian(short port) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? port : Short.reverseBytes(port);
    }

    @Override
    public void close() {
        programs.close();
        flows.close();
        listeners.close();
        owners.close();
        counters.close();
        traces.close();
    }
}
