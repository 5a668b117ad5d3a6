// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.attribution.holders.HolderSet;
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
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.ReadTime;

/** Finds and describes the one process that holds a socket or a port's sockets. Not thread-safe. */
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
     * @param startedBefore a process that may have started after this time is reported as {@code LATE}, because another
     *     process may have held the sockets when the flow began
     */
    Owner owner(OwnerSource source, List<DiagSocket> sockets, long notBefore, ReadTime startedBefore)
            throws LinuxException {
        DiagSocket socket = sockets.get(0);
        if (socket.inode() == 0) {
            ControlGroup group = groups.byId(socket.cgroupId());
            return Owner.ofSocket(
                    group == null ? null : source, ProcessInfo.UNKNOWN_ID, group, Unattributed.PROCESS_GONE);
        }
        SocketHolders.Search search = holders.find(socket);
        if (search.failure() != null) {
            return ofSockets(source, sockets, search.failure());
        }
        HolderSet<SocketHolders.Found> all = search.holders();
        Optional<SocketHolders.Found> user = user(source, search.holders());
        for (DiagSocket other : sockets.subList(1, sockets.size())) {
            SocketHolders.Search further = holders.find(other);
            if (further.failure() == Unattributed.SEARCH_LIMIT) {
                return ofSockets(source, sockets, further.failure());
            }
            all = all.union(further.holders());
            user = user.filter(it -> isUser(source, it, further.holders()));
        }
        if (user.isEmpty()) {
            return all.shared(source);
        }
        if (!hasStartedBefore(user.get(), startedBefore)) {
            return ofSockets(source, sockets, Unattributed.LATE);
        }
        Optional<Owner> owner = describe(source, user.get(), notBefore);
        return owner.isPresent() ? owner.get() : ofSockets(source, sockets, Unattributed.PROCESS_GONE);
    }

    /**
     * Returns the holder that uses the socket. This is the only holder or, if the socket accepts flows, the eldest,
     * because that process listens for the others. Returns empty if several processes hold a socket of another kind,
     * because each may have used it.
     */
    private static Optional<SocketHolders.Found> user(OwnerSource source, HolderSet<SocketHolders.Found> holders) {
        Optional<SocketHolders.Found> only = holders.only();
        return only.isEmpty() && source == OwnerSource.LISTENER ? holders.eldest() : only;
    }

    private static boolean isUser(
            OwnerSource source, SocketHolders.Found holder, HolderSet<SocketHolders.Found> holders) {
        return user(source, holders).filter(it -> it.pid() == holder.pid()).isPresent();
    }

    /**
     * Reports whether the holder had started at this time. The start time is known to the clock tick; if both are in
     * the same tick, the process id decides.
     */
    private boolean hasStartedBefore(SocketHolders.Found holder, ReadTime time) {
        BootClock clock = processes.clock();
        return clock.nanoTimeOfStart(holder.startTicks()) - time.nanos() <= 0
                || clock.nanoTimeOfStart(holder.startTicks() - 1) - time.nanos() <= 0
                        && time.isAfterStartOf(holder.pid());
    }

    /**
     * Returns an owner without a process. The owner has the user and the cgroup if they are the same for all sockets.
     */
    private Owner ofSockets(OwnerSource source, List<DiagSocket> sockets, Unattributed reason) {
        DiagSocket first = sockets.get(0);
        ControlGroup group = groups.byId(first.cgroupId());
        long uid = first.uid();
        for (DiagSocket other : sockets) {
            group = group != null && group.equals(groups.byId(other.cgroupId())) ? group : null;
            uid = uid == other.uid() ? uid : ProcessInfo.UNKNOWN_ID;
        }
        return Owner.ofSocket(source, uid, group, reason);
    }

    /** Returns the process with its identity. Empty if it no longer holds the socket or has ended. */
    private Optional<Owner> describe(OwnerSource source, SocketHolders.Found holder, long notBefore)
            throws LinuxException {
        int pid = holder.pid();
        // A shell that redirects moves a socket from one descriptor to another.
        boolean held = processes.holds(pid, holder.descriptor(), holder.inode())
                || processes.descriptorOf(pid, holder.inode()) >= 0;
        if (!held) {
            return Optional.empty();
        }
        ControlGroup group = processes.controlGroup(pid);
        boolean ownPidns = processes.isInOwnPidNamespace(pid);
        ProcessInfo process = processes.read(pid, holder.stat());
        if (process == null) {
            return Optional.empty();
        }
        Identity identity =
                identities.of(group, process.uid(), ownPidns, Optional.empty(), notBefore, System.nanoTime());
        return Optional.of(Owner.of(source, process, group, identity));
    }
}
