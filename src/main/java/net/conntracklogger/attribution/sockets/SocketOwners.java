// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.ReadTime;

/**
 * Finds owners by the sockets that exist when the event is read. Looks up the socket, then the process that holds it. A result
 * that is not certain is reported as unattributed. Times are {@link System#nanoTime()}. Not thread-safe.
 *
 * <p>The socket found need not be the socket that began the flow, which may be closed and replaced by another on the same port.
 * The kernel sends the event while the sending socket is in use, and before the receiving socket gets the packet. The socket
 * found is therefore the right one in each of these cases:
 *
 * <ul>
 *   <li>It was seen with its port before the event was sent. {@link SocketSurvey} sees the sockets that serve many flows;
 *       the BPF layer, if there is one, those that receive them.
 *   <li>It is connected, and the kernel chose the port. Another socket gets the same port for the same peer soon only
 *       by a very rare chance.
 *   <li>It is a ping socket, and the kernel assigned the identifier recently ({@link PingIdentifiers}).
 *   <li>It is unconnected, the kernel chose the port, and the event is at most {@link #PORT_ALONE_NANOS} old. Within this time
 *       another socket would have to get, or choose, this one of some 28,000 ports.
 * </ul>
 *
 * <p>Two cases go unnoticed. A second socket on the same port (SO_REUSEADDR, IP_PKTINFO, a raw socket) sent the packet and is
 * closed. A second process held the socket and closed it.
 */
public final class SocketOwners implements Closeable {
    /** Maximum age of an event at which the port alone identifies an unconnected UDP socket. */
    private static final long PORT_ALONE_NANOS = 5_000_000;

    private final Set<OwnerSource> layers;
    private final PingSockets pings;
    private final LocalPorts ephemeral;
    private final ProcessTable table;
    private final SocketProcesses processes;
    private final SocketDiag sockets = new SocketDiag();
    private final PortSockets ports = new PortSockets(sockets);
    private final TcpOpenings openings = new TcpOpenings(sockets, ports);
    private final SocketSurvey survey;
    private final PossibleSenders senders;
    private final PacketSocketTable packetSockets;

    /**
     * Surveys the sockets that exist. Does not close its arguments.
     *
     * @param layers the layers in use; without {@code SOCK_DIAG} or {@code PROC} their protocols are not covered
     * @param ephemeral the local ports that the kernel chooses from
     */
    public SocketOwners(
            Set<OwnerSource> layers,
            ProcessTable processes,
            ControlGroups groups,
            PingSockets pings,
            LocalPorts ephemeral,
            Identities identities)
            throws LinuxException {
        this.layers = layers;
        this.pings = pings;
        this.ephemeral = ephemeral;
        this.table = processes;
        this.processes = new SocketProcesses(processes, groups, identities);
        this.survey = new SocketSurvey(layers, ports, pings, ephemeral);
        this.senders = new PossibleSenders(layers, ports, pings);
        this.packetSockets = new PacketSocketTable(pings.root(), this.processes);
        survey.update();
    }

    /** Returns the packet sockets, which this object closes. */
    public PacketSocketTable packetSockets() {
        return packetSockets;
    }

    /** Returns the sockets that can have sent a packet. */
    public PossibleSenders senders() {
        return senders;
    }

    /** Returns the survey of sockets, to be updated about once a second. */
    public SocketSurvey survey() {
        return survey;
    }

    /**
     * Returns the owner of the socket that sends packets of the tuple.
     *
     * @param notBefore the flow began after this time
     * @param around the flow began at this time, or earlier by at most the time to wake a thread
     * @param received when the event was read
     */
    public Owner initiator(FlowTuple tuple, long notBefore, long around, ReadTime received) throws LinuxException {
        if (layers.contains(OwnerSource.PROC) && PingSockets.covers(tuple.protocol())) {
            return pingInitiator(tuple, notBefore, received);
        }
        if (!isCovered(tuple.protocol())) {
            return Owner.unknown(Unattributed.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        // A listener on the flow's own port did not begin the flow.
        if (socket == null || socket.listening()) {
            return Owner.unknown(Unattributed.PROCESS_GONE);
        }
        boolean before = survey.seenSince(socket, notBefore);
        boolean chosen = !ephemeral.contains(tuple.sourcePort());
        boolean soon = socket.connected() || System.nanoTime() - around <= PORT_ALONE_NANOS;
        if (!before && (chosen || !soon)) {
            return Owner.unknown(Unattributed.LATE);
        }
        boolean own = tuple.protocol().equals(Protocol.TCP) || socket.connected() && !chosen;
        List<DiagSocket> initiators = own ? List.of(socket) : ports.initiators(tuple);
        return initiators.stream().noneMatch(it -> it.number() == socket.number())
                ? Owner.unknown(Unattributed.PROCESS_GONE)
                : processes.owner(
                        OwnerSource.SOCK_DIAG, initiators, notBefore, before ? ReadTime.at(notBefore) : received);
    }

    private Owner pingInitiator(FlowTuple tuple, long notBefore, ReadTime received) throws LinuxException {
        DiagSocket ping = pings.lookup(tuple);
        if (ping == null) {
            return Owner.unknown(Unattributed.NOT_COVERED); // A raw socket may have sent the packet.
        }
        boolean before = survey.pingSeenSince(ping, notBefore);
        return before || survey.assignedSinceSurvey(ping)
                ? processes.owner(
                        OwnerSource.PROC, List.of(ping), notBefore, before ? ReadTime.at(notBefore) : received)
                : Owner.unknown(Unattributed.LATE);
    }

    /**
     * Returns how the TCP connection of the tuple's source was opened.
     *
     * @param tuple with the local side as source
     */
    public TcpCounters.Opening opening(FlowTuple tuple) throws LinuxException {
        return isCovered(tuple.protocol()) ? openings.of(tuple) : TcpCounters.Opening.UNKNOWN;
    }

    /**
     * Returns the owner of the socket that gets the packets which the tuple answers. This is the connected socket if
     * the connection is accepted already, otherwise the socket that serves all peers.
     *
     * @param tuple the reply tuple, with the local side as source
     * @param notBefore the flow began after this time
     * @param received when the event was read
     * @param recorded cookie of the socket that a BPF record names as acceptor; 0 if there is none
     */
    public Owner acceptor(FlowTuple tuple, long notBefore, ReadTime received, long recorded, SocketFacts facts)
            throws LinuxException {
        if (!isCovered(tuple.protocol())) {
            return Owner.unknown(PingSockets.covers(tuple.protocol()) ? Unattributed.KERNEL : Unattributed.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        boolean own = socket != null && socket.inode() != 0 && socket.connected();
        if (own) {
            boolean before = survey.seenSince(socket, notBefore);
            // For another socket with this connection the peer must connect again from its port (TCP), or a process
            // bind the local port (UDP). Neither happens soon if the kernel chose that port.
            boolean tcp = tuple.protocol().equals(Protocol.TCP);
            if (before || ephemeral.contains(tcp ? tuple.destinationPort() : tuple.sourcePort())) {
                Owner owner = processes.owner(OwnerSource.SOCK_DIAG, List.of(socket), notBefore, received);
                if (owner.process() != null) {
                    return owner;
                }
            }
        }
        List<DiagSocket> acceptors = ports.acceptors(tuple);
        boolean before = false;
        for (DiagSocket acceptor : acceptors) {
            before |= survey.seenSince(acceptor, notBefore)
                    || acceptor.number() == recorded
                    || facts.hasReceived(acceptor.number(), acceptor.port(), notBefore);
        }
        if (before && areOfKernel(acceptors, facts)) {
            return Owner.unknown(Unattributed.KERNEL);
        }
        if (before) {
            return processes.owner(OwnerSource.LISTENER, acceptors, notBefore, ReadTime.at(notBefore));
        }
        Unattributed closed = recorded != 0 ? Unattributed.PROCESS_GONE : Unattributed.NO_LISTENER;
        return Owner.unknown(own || !acceptors.isEmpty() ? Unattributed.LATE : closed);
    }

    private static boolean areOfKernel(List<DiagSocket> sockets, SocketFacts facts) throws LinuxException {
        for (DiagSocket socket : sockets) {
            if (socket.listening() || !facts.isOfKernel(socket.number())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the owner of the connected socket. The socket is connected with the tuple now, perhaps not when the flow
     * began.
     */
    public Owner connected(FlowTuple tuple) throws LinuxException {
        return connected(tuple, System.nanoTime(), true);
    }

    /**
     * Returns the owner of one side of a midstream connection.
     *
     * @param tuple with that side as source
     * @param notBefore conntrack picked up the connection after this time
     */
    public Owner midstream(FlowTuple tuple, long notBefore) throws LinuxException {
        // Either side can be the initiator. The initiator's port is usually ephemeral, the responder's is not.
        boolean own = ephemeral.contains(tuple.sourcePort()) || ephemeral.contains(tuple.destinationPort());
        return connected(tuple, notBefore, own);
    }

    private Owner connected(FlowTuple tuple, long notBefore, boolean own) throws LinuxException {
        if (!isCovered(tuple.protocol())) {
            return Owner.unknown(Unattributed.NOT_COVERED);
        }
        ReadTime looked = now(/* exact= */ true);
        DiagSocket socket = lookup(tuple);
        if (socket == null || socket.listening()) {
            return Owner.unknown(Unattributed.PROCESS_GONE);
        }
        boolean certain = socket.connected() && (own || survey.seenSince(socket, notBefore));
        return certain
                ? processes.owner(OwnerSource.SOCK_DIAG, List.of(socket), notBefore, looked)
                : Owner.unknown(Unattributed.LATE);
    }

    /**
     * Returns the present time; if exact, with the newest process. Processes that start in the same 10 ms then differ.
     */
    public ReadTime now(boolean exact) {
        return new ReadTime(System.nanoTime(), exact ? table.newestPid() : ReadTime.UNKNOWN);
    }

    private boolean isCovered(Protocol protocol) {
        return layers.contains(OwnerSource.SOCK_DIAG) && SocketDiag.covers(protocol);
    }

    /**
     * Reports whether a UDP socket is connected with the tuple. Its own address and port are the tuple's source, its
     * peer is the destination.
     */
    public boolean isConnectedUdp(FlowTuple tuple) throws LinuxException {
        if (!isCovered(tuple.protocol()) || tuple.protocol().equals(Protocol.TCP)) {
            return false;
        }
        DiagSocket socket = lookup(tuple);
        return socket != null && socket.connected();
    }

    private DiagSocket lookup(FlowTuple tuple) throws LinuxException {
        try {
            return sockets.lookup(tuple);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EAGAIN) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        packetSockets.close();
        sockets.close();
        survey.close();
    }
}
