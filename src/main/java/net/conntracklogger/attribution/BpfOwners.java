// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.attribution.listeners.KernelSockets;
import net.conntracklogger.attribution.listeners.Listeners;
import net.conntracklogger.attribution.listeners.ReceivingSockets;
import net.conntracklogger.attribution.listeners.SocketIterator;
import net.conntracklogger.attribution.listeners.SocketSnapshot;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.programs.ProgramConfig;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.attribution.programs.ReportProgram;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.ProcessImages;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.attribution.reports.PacketSocketRecords;
import net.conntracklogger.attribution.reports.RefusalRecords;
import net.conntracklogger.attribution.sockets.SocketFacts;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Shortage;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.LibBpf;
import net.conntracklogger.netfilter.ConntrackLookup;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;

/**
 * The BPF layer: programs, the records that they write, and the listeners that they show. Needs CAP_BPF, CAP_PERFMON,
 * CAP_NET_ADMIN and a unified cgroup hierarchy; covers the part of it that the service sees. Not thread-safe, except for
 * {@link #shortage} and {@link #socketsDropped}.
 */
public final class BpfOwners implements SocketFacts, Closeable {
    /** Maximum number of descriptors in a snapshot: 9.4 MB outside the heap. */
    public static final int LARGEST_SNAPSHOT = 65_536;

    private final ProgramSet programs;
    private final RecordDecoder decoder;
    private final FlowRecords records;
    private final Listeners listeners;
    private final ReceivingSockets receivers;
    private final Optional<SocketIterator> sockets;
    private final Optional<KernelSockets> kernelSockets;
    private final ProcessTable processes;
    private final LocalPorts anonymousPorts;
    private final boolean wholeHierarchy;
    private final AtomicLong socketsDropped = new AtomicLong();
    private Optional<PacketSocketRecords> packetSockets = Optional.empty();
    private Optional<RefusedFlows> refused = Optional.empty();

    private BpfOwners(
            ProgramSet programs,
            MapSizes sizes,
            RecordDecoder decoder,
            ProcessTable processes,
            LocalPorts anonymousPorts,
            boolean wholeHierarchy) {
        this.wholeHierarchy = wholeHierarchy;
        this.programs = programs;
        this.decoder = decoder;
        this.processes = processes;
        this.anonymousPorts = anonymousPorts;
        sockets = programs.socketIterator().map(SocketIterator::new);
        kernelSockets = programs.kernelSocketIterator().map(KernelSockets::new);
        listeners = new Listeners(sockets, decoder, processes, anonymousPorts, Patience.ACCEPTOR_NANOS);
        receivers = new ReceivingSockets(listeners);
        records = new FlowRecords(programs, sizes, decoder, receivers);
    }

    /**
     * Loads the programs, which takes long, because the kernel verifies them.
     *
     * @param object object file of the programs
     * @param groups stay open; no other thread uses them meanwhile
     * @param handover may have the programs of the process before
     * @throws IOException if this kernel loads no program, or the service lacks a capability
     */
    public static ProgramSet loadPrograms(Path object, MapSizes sizes, ControlGroups groups, Handover handover)
            throws IOException {
        if (!groups.isUnified()) {
            throw new IOException("no unified cgroup hierarchy is mounted");
        }
        try (NativeBuffer config = ProgramConfig.of(groups, sizes)) {
            return ProgramSet.load(
                    object.toString(),
                    sizes.entries(LibBpf.libbpf_num_possible_cpus()),
                    config,
                    groups.mountDescriptor(),
                    handover);
        }
    }

    /**
     * Records the users of existing sockets.
     *
     * @param programs closed with this object, or if this fails
     * @param anonymousPorts ports that the kernel chooses
     * @param commandLines how much of command lines owners get
     */
    public static BpfOwners open(
            ProgramSet programs,
            MapSizes sizes,
            LocalPorts anonymousPorts,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            Identities identities,
            CommandLines commandLines)
            throws IOException {
        Closeable opened = programs;
        try {
            RecordDecoder decoder = new RecordDecoder(
                    new ProcessImages(programs, commandLines),
                    processes,
                    groups,
                    clock,
                    identities,
                    ProgramConfig.pidNamespace());
            BpfOwners owners = new BpfOwners(programs, sizes, decoder, processes, anonymousPorts, groups.isWhole());
            opened = owners;
            owners.recordExistingSockets();
            owners.openReports();
            return owners;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Runs the iterator once, which records the user of each socket. */
    private void recordExistingSockets() throws LinuxException {
        if (sockets.isPresent()) {
            sockets.get().run(SocketIterator.ALL, (bytes, at) -> {});
        }
    }

    private void openReports() throws LinuxException {
        if (programs.has(ReportProgram.PACKET_SOCKET_CREATED)) {
            packetSockets = Optional.of(new PacketSocketRecords(programs, decoder));
        }
        refused = Optional.of(new RefusedFlows(new RefusalRecords(programs, decoder), ConntrackLookup.open()));
    }

    /** Returns the time since when records are kept as {@link ProgramSet#attached} does. */
    long attached() {
        return programs.attached();
    }

    /** Returns the records of packet sockets, which this object closes. Returns empty if no program records them. */
    Optional<PacketSocketRecords> packetSockets() {
        return packetSockets;
    }

    /** Returns the flows that were refused, which this object closes. */
    RefusedFlows refused() {
        return refused.orElseThrow();
    }

    /** Reports whether the programs record each sender of the protocol, in any cgroup. */
    boolean recordsAllInitiators(Protocol protocol) {
        return wholeHierarchy && programs.recordsInitiators(protocol);
    }

    public ProgramSet programs() {
        return programs;
    }

    public FlowRecords records() {
        return records;
    }

    @Override
    public boolean isOfKernel(long socket) throws LinuxException {
        return kernelSockets.isPresent() && kernelSockets.get().contains(socket);
    }

    @Override
    public boolean hasReceived(long socket, int port, long moment) {
        return receivers.hasReceived(socket, port, moment);
    }

    /**
     * Lists the holders of all sockets, for flows that are older than the programs. Lists at most 65,536 descriptors.
     * The caller closes the snapshot before this object. Returns empty if this kernel does not load the iterator.
     */
    public Optional<SocketSnapshot> snapshot() throws LinuxException {
        return snapshot(LARGEST_SNAPSHOT);
    }

    /** Lists the holders as {@link #snapshot()} does, with another maximum number of descriptors. */
    public Optional<SocketSnapshot> snapshot(int largest) throws LinuxException {
        if (sockets.isEmpty()) {
            return Optional.empty();
        }
        SocketSnapshot snapshot =
                SocketSnapshot.take(sockets.get(), largest, (bytes, at) -> true, decoder, processes, anonymousPorts);
        socketsDropped.addAndGet(snapshot.dropped());
        return Optional.of(snapshot);
    }

    /** Returns the number of socket descriptors that did not fit a snapshot. Thread-safe. */
    public long socketsDropped() {
        return socketsDropped.get();
    }

    /** Returns the number of records that are missing since the start. Thread-safe. */
    public Shortage shortage() {
        return records.shortage();
    }

    @Override
    public void close() {
        packetSockets.ifPresent(PacketSocketRecords::close);
        refused.ifPresent(RefusedFlows::close);
        listeners.close();
        records.close();
        decoder.close();
        programs.close();
    }
}
