// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/**
 * Owners of flows as they can still be found when the event is read. First the socket, by an exact look in the kernel; then
 * the process that holds it, looked for in the socket's control group. What is not certain is left out. Not safe for use
 * by several threads.
 */
public final class SocketOwners implements Closeable {
    /**
     * An unconnected UDP socket is known by its port alone. The later the look, the likelier somebody else has that port
     * by then; past this age of the event, in nanoseconds, it is not believed.
     */
    private static final long PORT_ALONE_NANOS = 5_000_000;
    /** More than it takes to wake the thread that reads events. */
    private static final long WAKE_UP = 1_000_000_000;

    /** How often to read the counters of a busy connection until they stand still. */
    private static final int MOST_READS = 8;

    private final Set<OwnerSource> layers;
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final PingSockets pings;
    private final SocketHolders holders;
    private final Identities identities;
    private final SocketDiag sockets = new SocketDiag();

    /**
     * Uses what it is given, and leaves it open.
     *
     * @param layers which of {@code SOCK_DIAG} and {@code PROC} may be asked
     */
    public SocketOwners(
            Set<OwnerSource> layers,
            ProcessTable processes,
            ControlGroups groups,
            PingSockets pings,
            Identities identities)
            throws LinuxException {
        this.layers = layers;
        this.processes = processes;
        this.groups = groups;
        this.pings = pings;
        this.identities = identities;
        this.holders = new SocketHolders(processes, groups);
    }

    /**
     * Whose socket sends packets of the tuple.
     *
     * @param oldest how long ago the event happened at most, in nanoseconds
     */
    Owner initiator(FlowTuple tuple, long oldest) throws LinuxException {
        if (layers.contains(OwnerSource.PROC) && PingSockets.covers(tuple.protocol())) {
            DiagSocket ping = pings.lookup(tuple);
            // No ping socket: it may be a raw one.
            return ping == null ? Owner.unknown(NoProcess.NOT_COVERED) : owner(OwnerSource.PROC, ping, oldest);
        }
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(NoProcess.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        // What listens on the flow's own port did not begin it.
        if (socket == null || socket.listening()) {
            return Owner.unknown(NoProcess.PROCESS_GONE);
        }
        if (!socket.connected() && oldest > PORT_ALONE_NANOS) {
            return Owner.unknown(NoProcess.LATE);
        }
        return owner(OwnerSource.SOCK_DIAG, socket, oldest);
    }

    /**
     * How the TCP connection came about to which the tuple's sender belongs.
     *
     * @param tuple with this host's end as its source
     */
    TcpCounters.Opening opening(FlowTuple tuple) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return TcpCounters.Opening.UNKNOWN;
        }
        TcpCounters counters = sockets.counters(tuple);
        for (int i = 0; counters != null && i < MOST_READS; i++) {
            TcpCounters again = counters.isQuiet() ? counters : sockets.counters(tuple);
            if (counters.equals(again)) {
                return counters.opening(!sockets.listeners(tuple).isEmpty());
            }
            counters = again;
        }
        return TcpCounters.Opening.UNKNOWN;
    }

    /** Whose socket takes in packets that the tuple answers. */
    Owner acceptor(FlowTuple tuple, long oldest) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(PingSockets.covers(tuple.protocol()) ? NoProcess.KERNEL : NoProcess.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        if (socket != null && socket.inode() != 0) {
            boolean own = socket.connected();
            if (!own && !socket.listening() && oldest > PORT_ALONE_NANOS) {
                return Owner.unknown(NoProcess.LATE);
            }
            return own ? owner(OwnerSource.SOCK_DIAG, socket, oldest) : listener(socket, oldest);
        }
        List<DiagSocket> listeners = tuple.protocol().equals(Protocol.TCP) ? sockets.listeners(tuple) : List.of();
        return switch (listeners.size()) {
            case 0 -> Owner.unknown(NoProcess.NO_LISTENER);
            case 1 -> listener(listeners.get(0), oldest);
            default -> sharedPort(listeners);
        };
    }

    /** Whose socket is connected so that its packets have the tuple. */
    Owner connected(FlowTuple tuple) throws LinuxException {
        if (!isAsked(tuple.protocol())) {
            return Owner.unknown(NoProcess.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        if (socket == null || socket.listening()) {
            return Owner.unknown(NoProcess.PROCESS_GONE);
        }
        return socket.connected() ? owner(OwnerSource.SOCK_DIAG, socket, 0) : Owner.unknown(NoProcess.LATE);
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

    /** Several sockets share a port: which of them gets the flow is the kernel's secret, their group need not be. */
    private Owner sharedPort(List<DiagSocket> listeners) {
        ControlGroup group = groups.byId(listeners.get(0).cgroupId());
        long uid = listeners.get(0).uid();
        for (DiagSocket other : listeners) {
            group = group != null && group.equals(groups.byId(other.cgroupId())) ? group : null;
            uid = uid == other.uid() ? uid : ProcessRecord.UNKNOWN_ID;
        }
        return Owner.ofSocket(OwnerSource.LISTENER, uid, group, NoProcess.SHARED_SOCKET);
    }

    /** Who holds a socket that takes in flows, unless another may have done so before, as when a service is started anew. */
    private Owner listener(DiagSocket socket, long oldest) throws LinuxException {
        return owner(OwnerSource.LISTENER, socket, oldest, System.nanoTime() - oldest);
    }

    private Owner owner(OwnerSource source, DiagSocket socket, long oldest) throws LinuxException {
        return owner(source, socket, oldest, Long.MAX_VALUE);
    }

    /** @param startedBefore this {@link System#nanoTime()}, or the process is not believed */
    private Owner owner(OwnerSource source, DiagSocket socket, long oldest, long startedBefore) throws LinuxException {
        ControlGroup group = groups.byId(socket.cgroupId());
        if (socket.inode() == 0) {
            return Owner.ofSocket(
                    group == null ? null : source, ProcessRecord.UNKNOWN_ID, group, NoProcess.PROCESS_GONE);
        }
        SocketHolders.Search search = holders.find(socket.inode(), group);
        if (search.failure() != null) {
            return Owner.ofSocket(source, socket.uid(), group, search.failure());
        }
        Optional<SocketHolders.Holder> holder = only(source, search.holders());
        if (holder.isEmpty()) {
            return Owner.ofSocket(source, socket.uid(), group, NoProcess.SHARED_SOCKET);
        }
        ProcessTable.Stat stat = processes.stat(holder.get().pid());
        if (stat != null && BootClock.nanoTimeOfStart(stat.startTicks()) > startedBefore) {
            return Owner.ofSocket(source, socket.uid(), group, NoProcess.LATE);
        }
        Optional<Owner> owner = describe(source, holder.get(), stat, socket.inode(), oldest);
        return owner.orElseGet(() -> Owner.ofSocket(source, socket.uid(), group, NoProcess.PROCESS_GONE));
    }

    /** Of several holders of a socket that takes in flows, the eldest is the one that listens; of others, none is known. */
    private Optional<SocketHolders.Holder> only(OwnerSource source, List<SocketHolders.Holder> all) {
        if (all.size() == 1) {
            return Optional.of(all.get(0));
        }
        return source == OwnerSource.LISTENER ? holders.eldest(all) : Optional.empty();
    }

    /** Describes the process, and makes sure that it is still the one that holds the socket. */
    private Optional<Owner> describe(
            OwnerSource source, SocketHolders.Holder holder, ProcessTable.Stat stat, long inode, long oldest)
            throws LinuxException {
        int pid = holder.pid();
        // A shell that redirects moves a socket from one descriptor to another.
        boolean held = processes.holds(pid, holder.descriptor(), inode) || processes.descriptorOf(pid, inode) >= 0;
        if (stat == null || !held) {
            return Optional.empty();
        }
        ControlGroup group = processes.controlGroup(pid);
        boolean ownPidns = processes.isInOwnPidNamespace(pid);
        ProcessRecord process = processes.read(pid, stat);
        if (process == null) {
            return Optional.empty();
        }
        long now = System.nanoTime();
        Identity identity =
                identities.of(group, process.uid(), ownPidns, Optional.empty(), now - oldest - WAKE_UP, now);
        return Optional.of(Owner.of(source, process, group, identity));
    }

    @Override
    public void close() {
        sockets.close();
    }
}
