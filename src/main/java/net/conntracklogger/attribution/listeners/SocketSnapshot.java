// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LOCAL;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LOCAL_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_ONLY_V6;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWN_NETNS;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_PROTOCOL;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_REMOTE;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_REMOTE_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_NETNS_COOKIE;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.attribution.holders.HolderSet;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;

/**
 * Who held which socket at one moment, of all network namespaces: the owners of flows that were there before the kernel
 * noted any. Covers TCP, UDP, UDP-Lite, SCTP and DCCP. Must not outlive the {@link FlowRecords} that it comes from. Not
 * safe for use by several threads.
 */
public final class SocketSnapshot implements AutoCloseable {
    /** The form in which an IPv4 socket without an address of its own is listed. */
    private static final IpAddress ANY_V4 = IpAddress.v4(0).asMapped();

    /** What of the list is kept. */
    public interface Filter {
        boolean keeps(ByteBuffer bytes, int at);
    }

    private final SocketTable table;
    private final RecordDecoder owners;
    private final ProcessTable processes;
    private final LocalPorts anonymous;
    /** It was taken between these times of CLOCK_MONOTONIC, in nanoseconds. */
    private final long from;

    private final long to;

    private SocketSnapshot(
            SocketTable table, RecordDecoder owners, ProcessTable processes, LocalPorts anonymous, long from, long to) {
        this.table = table;
        this.owners = owners;
        this.processes = processes;
        this.anonymous = anonymous;
        this.from = from;
        this.to = to;
    }

    /**
     * Takes one.
     *
     * @param largest how many descriptors are kept
     * @param anonymous ports that the kernel gives to sockets that ask for none
     */
    public static SocketSnapshot take(
            SocketIterator sockets,
            int largest,
            Filter filter,
            RecordDecoder owners,
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
            return new SocketSnapshot(table, owners, processes, anonymous, from, to);
        } catch (LinuxException e) {
            table.close();
            throw e;
        }
    }

    /**
     * How many descriptors of sockets there was no room for. Flows of these are not found, nor is who else holds such a
     * socket.
     */
    public long leftOut() {
        return table.leftOut();
    }

    /**
     * Whose socket sends packets of the tuple: the connected one; else, of a protocol that needs no connection, the one that
     * has the source port. That must be a port that somebody asked for: one that the kernel gave may have been another's when
     * the flow began.
     *
     * @param tuple as that socket sees it: before NAT of its destination
     * @param here whether the socket is in this network namespace, or in any other
     * @return null where there is none
     */
    public Owner initiator(FlowTuple tuple, boolean here) throws LinuxException {
        if (lacksSender(tuple)) {
            return null;
        }
        Owner own = connected(tuple, here);
        if (own != null || !(tuple.layer4() instanceof Layer4.Ports ports) || isConnectionOriented(tuple.protocol())) {
            return own;
        }
        List<Integer> bound = unconnected(tuple, here);
        if (bound.isEmpty()) {
            return null;
        }
        if (anonymous.contains(ports.source())) {
            return Owner.unknown(Unattributed.LATE);
        }
        HolderSet holders = holders(bound);
        return holders.isEmpty() ? null : holders.owner(OwnerSource.BPF, holders.only());
    }

    /**
     * Whose socket takes in packets of the tuple: the connected one ({@link OwnerSource#BPF}); else, of a protocol that needs
     * no connection, the one that is bound there ({@link OwnerSource#LISTENER}).
     *
     * @param tuple as that socket sees it: after NAT of its destination
     * @param here whether the socket is in this network namespace, or in any other
     * @return null where there is none
     */
    public Owner acceptor(FlowTuple tuple, boolean here) throws LinuxException {
        FlowTuple answers = tuple.reversed();
        if (lacksSender(answers)) {
            return null;
        }
        Owner own = connected(answers, here);
        if (own != null || isConnectionOriented(tuple.protocol())) {
            return own;
        }
        List<Integer> best = bestOf(unconnected(answers, here), answers);
        if (best.isEmpty()) {
            return null;
        }
        HolderSet holders = holders(best);
        return holders.isEmpty() ? null : holders.owner(OwnerSource.LISTENER, holders.eldest());
    }

    /** Whether there may have been no room for a socket, or a holder of one, that has the tuple's source as its own end. */
    private boolean lacksSender(FlowTuple tuple) {
        int protocol = tuple.protocol().number();
        return tuple.layer4() instanceof Layer4.Ports ports
                && (table.lacks(protocol, ports.source(), tuple.destination().asMapped())
                        || !isConnectionOriented(tuple.protocol()) && table.lacks(protocol, ports.source(), null));
    }

    private static boolean isConnectionOriented(Protocol protocol) {
        return !protocol.equals(Protocol.UDP) && !protocol.equals(Protocol.UDPLITE);
    }

    private Owner connected(FlowTuple tuple, boolean here) throws LinuxException {
        HolderSet holders = connectionHolders(tuple, here);
        if (holders.isEmpty()) {
            return null;
        }
        return holders.owner(OwnerSource.BPF, holders.only());
    }

    /** Who holds the connected socket that has the tuple's source as its own end; nobody where there was no room for all. */
    HolderSet connectionHolders(FlowTuple tuple, boolean here) {
        List<Integer> found = new ArrayList<>();
        if (tuple.layer4() instanceof Layer4.Ports ports && !lacksSender(tuple)) {
            IpAddress local = tuple.source().asMapped();
            IpAddress peer = tuple.destination().asMapped();
            table.visit(tuple.protocol().number(), ports.source(), peer, at -> {
                if (isAt(at, tuple.protocol(), ports.source(), here)
                        && SocketTable.port(table.bytes(), at + HOLDER_REMOTE_PORT) == ports.destination()
                        && address(at + HOLDER_REMOTE).equals(peer)
                        && address(at + HOLDER_LOCAL).equals(local)) {
                    found.add(at);
                }
            });
        }
        return holders(inOneNamespace(found));
    }

    /** The cookie of the socket that it holds. */
    long socket(HolderSet.Holder holder) {
        return table.bytes().getLong(holder.at() + HOLDER_SOCKET);
    }

    /** Who holds the socket of this cookie; nobody where there was no room for all of them. */
    HolderSet holdersOf(long socket) {
        List<Integer> found = new ArrayList<>();
        boolean lacks = table.lacks(socket);
        table.visit(at -> {
            if (!lacks && table.bytes().getLong(at + HOLDER_SOCKET) == socket) {
                found.add(at);
            }
        });
        return holders(found);
    }

    /** The sockets without a peer that have the tuple's source as their own end. */
    private List<Integer> unconnected(FlowTuple tuple, boolean here) {
        List<Integer> found = new ArrayList<>();
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            table.visit(tuple.protocol().number(), ports.source(), null, at -> {
                if (isAt(at, tuple.protocol(), ports.source(), here)
                        && table.bytes().getShort(at + HOLDER_REMOTE_PORT) == 0
                        && rank(at, tuple) > 0) {
                    found.add(at);
                }
            });
        }
        return inOneNamespace(found);
    }

    private boolean isAt(int at, Protocol protocol, int localPort, boolean here) {
        ByteBuffer bytes = table.bytes();
        return (bytes.get(at + HOLDER_PROTOCOL) & 0xff) == protocol.number()
                && SocketTable.port(bytes, at + HOLDER_LOCAL_PORT) == localPort
                && bytes.get(at + HOLDER_OWN_NETNS) != 0 == here;
    }

    /** How well it takes packets to the tuple's source, in the kernel's order ({@code compute_score()}); 0: not at all. */
    private int rank(int at, FlowTuple tuple) {
        IpAddress local = address(at + HOLDER_LOCAL);
        if (local.equals(tuple.source().asMapped())) {
            return 3;
        }
        if (local.equals(ANY_V4)) {
            return tuple.v6() ? 0 : 2;
        }
        boolean takes = local.isUnspecified() && (tuple.v6() || table.bytes().get(at + HOLDER_ONLY_V6) == 0);
        return !takes ? 0 : tuple.v6() ? 2 : 1;
    }

    private List<Integer> bestOf(List<Integer> found, FlowTuple tuple) {
        int best = found.stream().mapToInt(at -> rank(at, tuple)).max().orElse(0);
        return found.stream().filter(at -> rank(at, tuple) == best).toList();
    }

    /** Of sockets in several other namespaces nothing tells which of them the flow has. */
    private List<Integer> inOneNamespace(List<Integer> found) {
        long namespaces = found.stream()
                .map(at -> table.bytes().getLong(at + HOLDER_OWNER + OWNER_NETNS_COOKIE))
                .distinct()
                .count();
        return namespaces > 1 ? List.of() : found;
    }

    private HolderSet holders(List<Integer> records) {
        HolderSet holders = new HolderSet(owners, processes, table.bytes(), from, to);
        records.forEach(holders::add);
        holders.settle();
        return holders;
    }

    private IpAddress address(int at) {
        return IpAddress.read(table.bytes(), at, true);
    }

    @Override
    public void close() {
        table.close();
    }
}
