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
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;

/** Finds and describes the one process that holds a socket, or all sockets of a port. Not thread-safe. */
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
     * Returns the owner of a flow that belongs to one of these sockets. Times are {@link System#nanoTime()}.
     *
     * @param sockets at least one
     * @param notBefore the flow began after this time
     * @param startedBefore a process that started after this time is reported as {@code LATE}, because another process may
     *     have held the sockets when the flow began
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
            return withoutProcess(source, sockets, search.failure());
        }
        Optional<SocketHolders.Holder> user = holders.user(source, search.holders());
        Unattributed shared = user.isPresent() ? sharedWith(source, user.get(), sockets) : Unattributed.SHARED_SOCKET;
        if (shared != null) {
            return withoutProcess(source, sockets, shared);
        }
        ProcessTable.Stat stat = processes.stat(user.get().pid());
        if (stat != null && processes.clock().nanoTimeOfStart(stat.startTicks()) > startedBefore) {
            return withoutProcess(source, sockets, Unattributed.LATE);
        }
        Optional<Owner> owner = describe(source, user.get(), stat, socket.inode(), notBefore);
        return owner.isPresent() ? owner.get() : withoutProcess(source, sockets, Unattributed.PROCESS_GONE);
    }

    /** Returns why the user of the first socket need not be the user of the others; null if it uses all of them. */
    private Unattributed sharedWith(OwnerSource source, SocketHolders.Holder user, List<DiagSocket> sockets) {
        for (DiagSocket other : sockets.subList(1, sockets.size())) {
            SocketHolders.Search search = holders.find(other.inode(), groups.byId(other.cgroupId()));
            if (search.failure() == Unattributed.SEARCH_LIMIT) {
                return search.failure();
            }
            if (holders.user(source, search.holders())
                    .filter(it -> it.pid() == user.pid())
                    .isEmpty()) {
                return Unattributed.SHARED_SOCKET;
            }
        }
        return null;
    }

    /** Returns an owner without a process, with the user and the cgroup if they are the same for all sockets. */
    private Owner withoutProcess(OwnerSource source, List<DiagSocket> sockets, Unattributed reason) {
        DiagSocket first = sockets.get(0);
        ControlGroup group = groups.byId(first.cgroupId());
        long uid = first.uid();
        for (DiagSocket other : sockets) {
            group = group != null && group.equals(groups.byId(other.cgroupId())) ? group : null;
            uid = uid == other.uid() ? uid : ProcessInfo.UNKNOWN_ID;
        }
        return Owner.ofSocket(source, uid, group, reason);
    }

    /** Returns the process with its identity; empty if it no longer holds the socket or has ended. */
    private Optional<Owner> describe(
            OwnerSource source, SocketHolders.Holder holder, ProcessTable.Stat stat, long inode, long notBefore)
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
