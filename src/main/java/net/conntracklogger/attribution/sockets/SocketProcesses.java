// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/** The one process that holds a socket, or all sockets of a port, and what is known of it. Not safe for use by several threads. */
final class SocketProcesses {
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final Identities identities;
    private final SocketHolders holders;

    SocketProcesses(ProcessTable processes, ControlGroups groups, Identities identities) {
        this.processes = processes;
        this.groups = groups;
        this.identities = identities;
        this.holders = new SocketHolders(processes, groups);
    }

    /**
     * Whose the flow is that is of one of these sockets.
     *
     * @param sockets at least one
     * @param notBefore the flow began after this {@link System#nanoTime()}
     * @param startedBefore this one, or the process is not believed: another may have held them then
     */
    Owner owner(OwnerSource source, List<DiagSocket> sockets, long notBefore, long startedBefore)
            throws LinuxException {
        DiagSocket socket = sockets.get(0);
        ControlGroup group = groups.byId(socket.cgroupId());
        if (socket.inode() == 0) {
            return Owner.ofSocket(
                    group == null ? null : source, ProcessInfo.UNKNOWN_ID, group, Unattributed.PROCESS_GONE);
        }
        SocketHolders.Search search = holders.find(socket.inode(), group);
        if (search.failure() != null) {
            return nobody(source, sockets, search.failure());
        }
        Optional<SocketHolders.Holder> holder = only(source, search.holders());
        Unattributed shared =
                holder.isPresent() ? sharedWith(source, holder.get(), sockets) : Unattributed.SHARED_SOCKET;
        if (shared != null) {
            return nobody(source, sockets, shared);
        }
        ProcessStat stat = processes.stat(holder.get().pid());
        if (stat != null && BootClock.nanoTimeOfStart(stat.startTicks()) > startedBefore) {
            return nobody(source, sockets, Unattributed.LATE);
        }
        Optional<Owner> owner = describe(source, holder.get(), stat, socket.inode(), notBefore);
        return owner.isPresent() ? owner.get() : nobody(source, sockets, Unattributed.PROCESS_GONE);
    }

    /** Of several holders of a socket that takes in flows, the eldest is the one that listens; of others, none is known. */
    private Optional<SocketHolders.Holder> only(OwnerSource source, List<SocketHolders.Holder> all) {
        if (all.size() == 1) {
            return Optional.of(all.get(0));
        }
        return source == OwnerSource.LISTENER ? holders.eldest(all) : Optional.empty();
    }

    /** Why the holder of the first is not known to be that of the others too; null where it is. */
    private Unattributed sharedWith(OwnerSource source, SocketHolders.Holder holder, List<DiagSocket> sockets) {
        for (DiagSocket other : sockets.subList(1, sockets.size())) {
            SocketHolders.Search search = holders.find(other.inode(), groups.byId(other.cgroupId()));
            if (search.failure() == Unattributed.SEARCH_LIMIT) {
                return search.failure();
            }
            if (only(source, search.holders())
                    .filter(it -> it.pid() == holder.pid())
                    .isEmpty()) {
                return Unattributed.SHARED_SOCKET;
            }
        }
        return null;
    }

    /** No process, but what all these sockets have in common. */
    private Owner nobody(OwnerSource source, List<DiagSocket> sockets, Unattributed reason) {
        DiagSocket first = sockets.get(0);
        ControlGroup group = groups.byId(first.cgroupId());
        long uid = first.uid();
        for (DiagSocket other : sockets) {
            group = group != null && group.equals(groups.byId(other.cgroupId())) ? group : null;
            uid = uid == other.uid() ? uid : ProcessInfo.UNKNOWN_ID;
        }
        return Owner.ofSocket(source, uid, group, reason);
    }

    /** Describes the process, and makes sure that it is still the one that holds the socket. */
    private Optional<Owner> describe(
            OwnerSource source, SocketHolders.Holder holder, ProcessStat stat, long inode, long notBefore)
            throws LinuxException {
        int pid = holder.pid();
        // A shell that redirects moves a socket from one descriptor to another.
        boolean held = processes.holds(pid, holder.descriptor(), inode) || processes.descriptorOf(pid, inode) >= 0;
        if (stat == null || !held) {
            return Optional.empty();
        }
        ControlGroup group = processes.controlGroup(pid);
        boolean ownPidns = processes.isInOwnPidNamespace(pid);
        ProcessInfo process = processes.read(pid, stat);
        if (process == null) {
            return Optional.empty();
        }
        Identity identity =
                identities.of(group, process.uid(), ownPidns, Optional.empty(), notBefore, System.nanoTime());
        return Optional.of(Owner.of(source, process, group, identity));
    }
}
