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

/**
 * Owners of flows as they can still be found when the event is read. First the socket, by a look in the kernel; then the
 * process that holds it, looked for in the socket's control group. What is not certain is left out. Not safe for use by
 * several threads.
 *
 * <p>The socket that is found need not be the one that the flow began with: that may be gone, and another have its port. An
 * event is sent while the socket is in use that sends the packet, and before the packet is handed to the one that takes it.
 * So it is the same one if it is known to have had the port before the event was sent, and has it still: hence the surveys of
 * the sockets that serve many flows. It is the same one, too, if its port is one that the kernel chose for it: of connected
 * sockets nobody else gets the same port for the same peer soon, except by the rarest chance; the identifiers of ping sockets
 * come in turn ({@link PingIdentifiers}). An unconnected one of which no more is known is believed for a moment
 * ({@link #PORT_ALONE_NANOS}, by when the reader woke): another would have to be given that one of some 28,000 ports by then, or
 * to choose it.
 *
 * <p>Not seen is a socket that shares the port of one that is known (SO_REUSEADDR, IP_PKTINFO, a raw socket) and is gone when
 * the event is read, nor another process that held the socket itself.
 */
public final class SocketOwners implements Closeable {
    /** How old an event may be, in nanoseconds, for an unconnected UDP socket to be believed by a port that the kernel gave. */
    private static final long PORT_ALONE_NANOS = 5_000_000;
    /** How often to read the counters of a busy connection until they stand still. */
    private static final int MOST_READS = 8;

    private final Set<OwnerSource> layers;
    private final PingSockets pings;
    private final LocalPorts given;
    private final SocketProcesses processes;
    private final SocketDiag sockets = new SocketDiag();
    private final PortSockets ports = new PortSockets(sockets);
    private final SocketSurvey survey;

    /**
     * Uses what it is given, and leaves it open. Surveys the sockets that are there.
     *
     * @param layers which of {@code SOCK_DIAG} and {@code PROC} may be asked
     * @param given the ports that the kernel chooses from
     */
    public SocketOwners(
            Set<OwnerSource> layers,
            ProcessTable processes,
            ControlGroups groups,
            PingSockets pings,
            LocalPorts given,
            Identities identities)
            throws LinuxException {
        this.layers = layers;
        this.pings = pings;
        this.given = given;
        this.processes = new SocketProcesses(processes, groups, identities);
        this.survey = new SocketSurvey(layers, ports, pings, given);
        survey.update();
    }

    /** Which sockets are known to have been there. */
    public SocketSurvey survey() {
        return survey;
    }

    /**
     * Whose socket sends packets of the tuple.
     *
     * @param notBefore the flow began after this {@link System#nanoTime()}
     * @param around it began hardly before this one
     */
    public Owner initiator(FlowTuple tuple, long notBefore, long around) throws LinuxException {
        if (layers.contains(OwnerSource.PROC) && PingSockets.covers(tuple.protocol())) {
            return pinger(tuple, notBefore);
        }
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(Unattributed.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        // What listens on the flow's own port did not begin it.
        if (socket == null || socket.listening()) {
            return Owner.unknown(Unattributed.PROCESS_GONE);
        }
        boolean before = survey.knew(socket, notBefore);
        boolean chosen = !given.contains(tuple.sourcePort());
        boolean soon = socket.connected() || System.nanoTime() - around <= PORT_ALONE_NANOS;
        if (!before && (chosen || !soon)) {
            return Owner.unknown(Unattributed.LATE);
        }
        boolean own = tuple.protocol().equals(Protocol.TCP) || socket.connected() && !chosen;
        List<DiagSocket> senders = own ? List.of(socket) : ports.senders(tuple);
        return senders.stream().noneMatch(it -> it.number() == socket.number())
                ? Owner.unknown(Unattributed.PROCESS_GONE)
                : processes.owner(OwnerSource.SOCK_DIAG, senders, notBefore, before ? notBefore : Long.MAX_VALUE);
    }

    private Owner pinger(FlowTuple tuple, long notBefore) throws LinuxException {
        DiagSocket ping = pings.lookup(tuple);
        if (ping == null) {
            return Owner.unknown(Unattributed.NOT_COVERED); // It may be a raw one.
        }
        boolean before = survey.knewPing(ping, notBefore);
        return before || survey.isGivenLately(ping)
                ? processes.owner(OwnerSource.PROC, List.of(ping), notBefore, before ? notBefore : Long.MAX_VALUE)
                : Owner.unknown(Unattributed.LATE);
    }

    /**
     * How the TCP connection came about to which the tuple's sender belongs.
     *
     * @param tuple with this host's end as its source
     */
    public TcpCounters.Opening opening(FlowTuple tuple) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return TcpCounters.Opening.UNKNOWN;
        }
        TcpCounters counters = sockets.counters(tuple);
        for (int i = 0; counters != null && i < MOST_READS; i++) {
            TcpCounters again = counters.isQuiet() ? counters : sockets.counters(tuple);
            if (counters.equals(again)) {
                return counters.opening(!ports.takers(tuple).isEmpty());
            }
            counters = again;
        }
        return TcpCounters.Opening.UNKNOWN;
    }

    /**
     * Whose socket takes in packets that the tuple answers: that of the connection where it is accepted already, else the one
     * that serves all.
     *
     * @param notBefore as of {@link #initiator}
     * @param noted the cookie of the socket that is known to have taken the flow in, 0 where none is
     */
    public Owner acceptor(FlowTuple tuple, long notBefore, long noted) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(PingSockets.covers(tuple.protocol()) ? Unattributed.KERNEL : Unattributed.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        boolean own = socket != null && socket.inode() != 0 && socket.connected();
        if (own) {
            boolean before = survey.knew(socket, notBefore);
            // Who else could have had this connection: of TCP, who connects again from the port; of UDP, who binds it
            // here.
            boolean tcp = tuple.protocol().equals(Protocol.TCP);
            if (before || given.contains(tcp ? tuple.destinationPort() : tuple.sourcePort())) {
                Owner owner = processes.owner(OwnerSource.SOCK_DIAG, List.of(socket), notBefore, Long.MAX_VALUE);
                if (owner.process() != null) {
                    return owner;
                }
            }
        }
        List<DiagSocket> takers = ports.takers(tuple);
        boolean before = false;
        for (DiagSocket taker : takers) {
            before |= survey.knew(taker, notBefore) || taker.number() == noted;
        }
        if (before) {
            return processes.owner(OwnerSource.LISTENER, takers, notBefore, notBefore);
        }
        return Owner.unknown(own || !takers.isEmpty() ? Unattributed.LATE : Unattributed.NO_LISTENER);
    }

    /** Whose socket is connected so that its packets have the tuple: now, and not when the flow began. */
    public Owner connected(FlowTuple tuple) throws LinuxException {
        return connected(tuple, System.nanoTime(), true);
    }

    /**
     * Whose socket has an end of a connection that was taken up in the middle.
     *
     * @param tuple with that end as its source
     * @param notBefore as of {@link #initiator}
     */
    public Owner midstream(FlowTuple tuple, long notBefore) throws LinuxException {
        // Whichever end began the connection: the other's port is one that it chose, in most cases.
        boolean own = given.contains(tuple.sourcePort()) || given.contains(tuple.destinationPort());
        return connected(tuple, notBefore, own);
    }

    private Owner connected(FlowTuple tuple, long notBefore, boolean own) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(Unattributed.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        if (socket == null || socket.listening()) {
            return Owner.unknown(Unattributed.PROCESS_GONE);
        }
        boolean believed = socket.connected() && (own || survey.knew(socket, notBefore));
        return believed
                ? processes.owner(OwnerSource.SOCK_DIAG, List.of(socket), notBefore, Long.MAX_VALUE)
                : Owner.unknown(Unattributed.LATE);
    }

    private boolean isAsked(Protocol protocol) {
        return layers.contains(OwnerSource.SOCK_DIAG) && SocketDiag.covers(protocol);
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
        sockets.close();
        survey.close();
    }
}
