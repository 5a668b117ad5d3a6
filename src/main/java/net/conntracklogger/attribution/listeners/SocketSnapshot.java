// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.attribution.holders.HolderSet;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;

/**
 * The holders of all sockets at one moment, in all network namespaces. They are the owners of flows that are older than
 * the BPF programs. Covers TCP, UDP, UDP-Lite, SCTP and DCCP. Must not outlive the {@link RecordDecoder} that it uses.
 * Not thread-safe.
 */
public final class SocketSnapshot implements AutoCloseable {
    /** Chooses the records to keep. */
    public interface Filter {
        boolean keeps(ByteBuffer bytes, int at);
    }

    private final SocketTable table;
    private final RecordDecoder decoder;
    private final ProcessTable processes;
    private final LocalPorts anonymous;
    /** The sockets were listed between these times of CLOCK_MONOTONIC, in nanoseconds. */
    private final long from;

    private final long to;

    private SocketSnapshot(
            SocketTable table,
            RecordDecoder decoder,
            ProcessTable processes,
            LocalPorts anonymous,
            long from,
            long to) {
        this.table = table;
        this.decoder = decoder;
        this.processes = processes;
        this.anonymous = anonymous;
        this.from = from;
        this.to = to;
    }

    /**
     * Lists the sockets.
     *
     * @param largest maximum number of descriptors to keep
     * @param anonymous ports that the kernel gives to sockets that request none
     */
    public static SocketSnapshot take(
            SocketIterator sockets,
            int largest,
            Filter filter,
            RecordDecoder decoder,
            ProcessTable processes,
            LocalPorts anonymous)
            throws LinuxException {
        SocketTable table = new SocketTable(largest);
        long from = System.nanoTime();
        try {
            sockets.run(SocketIterator.ALL, (bytes, at) -> {
                if (filter.keeps(bytes, at)) {
                    table.add(bytes, at);
                }
            });
            long to = System.nanoTime();
            table.index();
            return new SocketSnapshot(table, decoder, processes, anonymous, from, to);
        } catch (LinuxException e) {
            table.close();
            throw e;
        }
    }

    /**
     * Returns the number of descriptors that did not fit. A lookup that a dropped descriptor could affect finds no
     * owner.
     */
    public long dropped() {
        return table.dropped();
    }

    /**
     * Finds the owner of the socket that sends packets of the tuple. This is the connected socket or, for a
     * connectionless protocol, the socket bound to the source port. A port that the kernel chose proves nothing:
     * another socket may have had it when the flow began.
     *
     * @param tuple as that socket has it: before NAT of its destination
     * @param hostNamespace whether the socket is in the network namespace of the service, or in any other
     * @return null if there is none
     */
    public Owner initiator(FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        if (lacksSender(tuple)) {
            return null;
        }
        Owner own = connected(tuple, hostNamespace);
        if (own != null
                || !(tuple.layer4() instanceof Layer4.Ports ports)
                || !tuple.protocol().isUdp()) {
            return own;
        }
        List<Integer> bound = unconnected(tuple, hostNamespace);
        if (bound.isEmpty()) {
            return null;
        }
        if (anonymous.contains(ports.source())) {
            return Owner.unknown(Unattributed.LATE);
        }
        HolderSet<SocketHolder> holders = holders(bound);
        return holders.isEmpty() ? null : owner(OwnerSource.BPF, holders, holders.only());
    }

    /**
     * Finds the owner of the socket that receives packets of the tuple. This is the connected socket
     * ({@link OwnerSource#BPF}) or, for a connectionless protocol, the socket bound to the destination port
     * ({@link OwnerSource#LISTENER}).
     *
     * @param tuple as that socket has it: after NAT of its destination
     * @param hostNamespace whether the socket is in the network namespace of the service, or in any other
     * @return null if there is none
     */
    public Owner acceptor(FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        FlowTuple answers = tuple.reversed();
        if (lacksSender(answers)) {
            return null;
        }
        Owner own = connected(answers, hostNamespace);
        if (own != null || !tuple.protocol().isUdp()) {
            return own;
        }
        List<Integer> best = bestOf(unconnected(answers, hostNamespace), answers);
        if (best.isEmpty()) {
            return null;
        }
        HolderSet<SocketHolder> holders = holders(best);
        return holders.isEmpty() ? null : owner(OwnerSource.LISTENER, holders, holders.eldest());
    }

    /**
     * Reports whether a holder of the sending socket may have been dropped. The local side of that socket is the
     * tuple's source.
     */
    private boolean lacksSender(FlowTuple tuple) {
        int protocol = tuple.protocol().number();
        return tuple.layer4() instanceof Layer4.Ports ports
                && (table.lacks(protocol, ports.source(), tuple.destination().asMapped())
                        || tuple.protocol().isUdp() && table.lacks(protocol, ports.source(), null));
    }

    private Owner connected(FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        HolderSet<SocketHolder> holders = connectionHolders(tuple, hostNamespace);
        return holders.isEmpty() ? null : owner(OwnerSource.BPF, holders, holders.only());
    }

    /**
     * Returns the holders of the sending socket; none if some were dropped. The local side of that connected socket is
     * the tuple's source.
     */
    HolderSet<SocketHolder> connectionHolders(FlowTuple tuple, boolean hostNamespace) {
        List<Integer> found = new ArrayList<>();
        if (tuple.layer4() instanceof Layer4.Ports ports && !lacksSender(tuple)) {
            IpAddress local = tuple.source().asMapped();
            IpAddress peer = tuple.destination().asMapped();
            table.visit(tuple.protocol().number(), ports.source(), peer, at -> {
                if (table.isAt(at, tuple.protocol(), ports.source(), hostNamespace)
                        && table.remotePort(at) == ports.destination()
                        && table.remote(at).equals(peer)
                        && table.local(at).equals(local)) {
                    found.add(at);
                }
            });
        }
        return holders(inOneNamespace(found));
    }

    /** Returns the holders of the socket with this cookie; none if some were dropped. */
    HolderSet<SocketHolder> holdersOf(long socket) {
        List<Integer> found = new ArrayList<>();
        boolean lacks = table.lacks(socket);
        table.visit(at -> {
            if (!lacks && table.bytes().getLong(at + HOLDER_SOCKET) == socket) {
                found.add(at);
            }
        });
        return holders(found);
    }

    /** Returns the unconnected sockets whose local side is the tuple's source. */
    private List<Integer> unconnected(FlowTuple tuple, boolean hostNamespace) {
        List<Integer> found = new ArrayList<>();
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            table.visit(tuple.protocol().number(), ports.source(), null, at -> {
                if (table.isAt(at, tuple.protocol(), ports.source(), hostNamespace)
                        && table.remotePort(at) == 0
                        && table.rank(at, tuple) > 0) {
                    found.add(at);
                }
            });
        }
        return inOneNamespace(found);
    }

    private List<Integer> bestOf(List<Integer> found, FlowTuple tuple) {
        int best = found.stream().mapToInt(at -> table.rank(at, tuple)).max().orElse(0);
        return found.stream().filter(at -> table.rank(at, tuple) == best).toList();
    }

    /** Returns the records; none if they are of several namespaces. The flow may belong to any of these. */
    private List<Integer> inOneNamespace(List<Integer> found) {
        long namespaces =
                found.stream().map(at -> owner(at).netnsCookie()).distinct().count();
        return namespaces > 1 ? List.of() : found;
    }

    private HolderSet<SocketHolder> holders(List<Integer> records) {
        return new HolderSet<>(
                processes,
                records.stream()
                        .map(at -> SocketHolder.read(table.bytes(), at, decoder))
                        .toList());
    }

    private OwnerRecord owner(int at) {
        return new OwnerRecord(table.bytes(), at + HOLDER_OWNER);
    }

    /** Returns a holder as an owner. */
    Owner owner(OwnerSource source, SocketHolder holder) throws LinuxException {
        return decoder.decode(source, owner(holder.at()), from, to);
    }

    private Owner owner(OwnerSource source, HolderSet<SocketHolder> holders, Optional<SocketHolder> holder)
            throws LinuxException {
        return holder.isPresent() ? owner(source, holder.get()) : holders.shared(source);
    }

    @Override
    public void close() {
        table.close();
    }
}
