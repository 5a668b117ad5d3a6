// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/**
 * Finds whose a new flow is, at once, while its socket is there. First the socket, by an exact look in the kernel; then
 * the process that holds it, looked for in the socket's control group. What is not certain is left out. Not safe for use
 * by several threads.
 */
public final class FlowAttributor implements Closeable {
    /**
     * An unconnected UDP socket is known by its port alone. The later the look, the likelier somebody else has that port
     * by then; past this age of the event, in nanoseconds, it is not believed.
     */
    private static final long PORT_ALONE_NANOS = 5_000_000;

    private final LocalAddresses addresses;
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final SocketHolders holders;
    private final PingSockets pings;
    private final SocketDiag sockets = new SocketDiag();

    /** Takes over what it is given: closing this closes them all. */
    public FlowAttributor(LocalAddresses addresses, ProcessTable processes, ControlGroups groups, PingSockets pings)
            throws LinuxException {
        this.addresses = addresses;
        this.processes = processes;
        this.groups = groups;
        this.pings = pings;
        this.holders = new SocketHolders(processes, groups);
    }

    /**
     * Finds the owner of a flow.
     *
     * @param oldest how long ago the event happened at most, in nanoseconds
     */
    public AttributedFlow attribute(FlowEvent event, long oldest) throws LinuxException {
        Direction direction = addresses.direction(event);
        FlowTuple sender = event.original();
        FlowTuple receiver = event.reply();
        if (direction == null) {
            return new AttributedFlow(event, null, midstream(sender, receiver, oldest), null);
        }
        return switch (direction) {
            case OUTBOUND -> new AttributedFlow(event, direction, initiator(sender, oldest), null);
            case LOCAL -> new AttributedFlow(event, direction, initiator(sender, oldest), acceptor(receiver, oldest));
            case INBOUND -> new AttributedFlow(event, direction, acceptor(receiver, oldest), null);
            case FORWARDED -> new AttributedFlow(event, direction, Owner.unknown(NoProcess.FORWARDED), null);
        };
    }

    /** Of a flow that nobody knows the beginning of: the one end that is here, whichever began. */
    private Owner midstream(FlowTuple sender, FlowTuple receiver, long oldest) throws LinuxException {
        boolean senderIsHere = addresses.contains(sender.source());
        boolean receiverIsHere = addresses.contains(receiver.source());
        if (senderIsHere == receiverIsHere) {
            return Owner.unknown(senderIsHere ? NoProcess.MIDSTREAM : NoProcess.FORWARDED);
        }
        return initiator(senderIsHere ? sender : receiver, oldest);
    }

    private Owner initiator(FlowTuple tuple, long oldest) throws LinuxException {
        if (PingSockets.covers(tuple.protocol())) {
            DiagSocket ping = pings.lookup(tuple);
            return ping == null ? Owner.unknown(NoProcess.PROCESS_GONE) : owner(OwnerSource.PROC, ping);
        }
        if (!SocketDiag.covers(tuple.protocol())) {
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
        return owner(OwnerSource.SOCK_DIAG, socket);
    }

    private Owner acceptor(FlowTuple tuple, long oldest) throws LinuxException {
        if (!SocketDiag.covers(tuple.protocol())) {
            return Owner.unknown(PingSockets.covers(tuple.protocol()) ? NoProcess.KERNEL : NoProcess.NOT_COVERED);
        }
        DiagSocket socket = lookup(tuple);
        if (socket != null && socket.inode() != 0) {
            boolean own = socket.connected();
            if (!own && !socket.listening() && oldest > PORT_ALONE_NANOS) {
                return Owner.unknown(NoProcess.LATE);
            }
            return owner(own ? OwnerSource.SOCK_DIAG : OwnerSource.LISTENER, socket);
        }
        List<DiagSocket> listeners = tuple.protocol().equals(Protocol.TCP) ? sockets.listeners(tuple) : List.of();
        return switch (listeners.size()) {
            case 0 -> Owner.unknown(NoProcess.NO_LISTENER);
            case 1 -> owner(OwnerSource.LISTENER, listeners.get(0));
            default -> sharedPort(listeners);
        };
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

    private Owner owner(OwnerSource source, DiagSocket socket) {
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
        return describe(source, holder.get(), socket.inode())
                .orElseGet(() -> Owner.ofSocket(source, socket.uid(), group, NoProcess.PROCESS_GONE));
    }

    /** Of several holders of a socket that takes in flows, the eldest is the one that listens; of others, none is known. */
    private Optional<SocketHolders.Holder> only(OwnerSource source, List<SocketHolders.Holder> all) {
        if (all.size() == 1) {
            return Optional.of(all.get(0));
        }
        return source == OwnerSource.LISTENER ? holders.eldest(all) : Optional.empty();
    }

    /** Describes the process, and makes sure that it is still the one that holds the socket. */
    private Optional<Owner> describe(OwnerSource source, SocketHolders.Holder holder, long inode) {
        int pid = holder.pid();
        ProcessTable.Stat stat = processes.stat(pid);
        // A shell that redirects moves a socket from one descriptor to another.
        boolean held = processes.holds(pid, holder.descriptor(), inode) || processes.descriptorOf(pid, inode) >= 0;
        if (stat == null || !held) {
            return Optional.empty();
        }
        ControlGroup group = processes.controlGroup(pid);
        ProcessRecord process = processes.read(pid, stat);
        return process == null ? Optional.empty() : Optional.of(Owner.of(source, process, group));
    }

    @Override
    public void close() {
        addresses.close();
        processes.close();
        groups.close();
        pings.close();
        sockets.close();
    }
}
