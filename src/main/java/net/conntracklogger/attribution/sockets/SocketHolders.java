// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import net.conntracklogger.attribution.holders.Holder;
import net.conntracklogger.attribution.holders.HolderSet;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessStatus;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.SearchBudget;

/**
 * Finds the holders of a socket in {@code /proc/PID/fd}. Searches the processes of the socket's cgroup first, and all
 * processes if no user of the socket is among them. Not thread-safe.
 */
final class SocketHolders {
    /**
     * A process that holds the socket.
     *
     * @param stat of the process when it held the socket
     * @param descriptor the lowest descriptor of the socket
     */
    record Found(int pid, ProcessStat stat, long uid, ControlGroup group, int descriptor, long inode)
            implements Holder {
        @Override
        public long startTicks() {
            return stat.startTicks();
        }
    }

    /**
     * Result of a search.
     *
     * @param holders empty if the search failed
     * @param failure why the search found no holder; null if it found one
     */
    record Search(HolderSet<Found> holders, Unattributed failure) {}

    private final ProcessTable processes;
    private final ControlGroups groups;
    private final SearchBudget budget = new SearchBudget();

    SocketHolders(ProcessTable processes, ControlGroups groups) {
        this.processes = processes;
        this.groups = groups;
    }

    /** Searches for the holders of a socket. */
    Search find(DiagSocket socket) {
        if (!budget.allows()) {
            return new Search(new HolderSet<>(processes, List.of()), Unattributed.SEARCH_LIMIT);
        }
        long since = System.nanoTime();
        try {
            List<Found> found = new ArrayList<>();
            boolean[] refused = {false};
            IntPredicate visitor = pid -> {
                int descriptor = processes.descriptorOf(pid, socket.inode());
                refused[0] |= descriptor == ProcessTable.NOT_PERMITTED;
                ProcessStat stat = descriptor < 0 ? null : processes.stat(pid);
                ProcessStatus status = stat == null ? null : processes.status(pid);
                if (status != null) {
                    found.add(new Found(
                            pid, stat, status.uid(), processes.controlGroup(pid), descriptor, socket.inode()));
                }
                return true;
            };
            groups.visitProcesses(socket.cgroupId(), visitor);
            HolderSet<Found> holders = new HolderSet<>(processes, found);
            if (holders.isEmpty() || holders.isManaged()) {
                processes.visit(visitor);
                holders = new HolderSet<>(processes, found);
            }
            Unattributed reason = refused[0] ? Unattributed.NOT_PERMITTED : Unattributed.PROCESS_GONE;
            return new Search(holders, holders.isEmpty() ? reason : null);
        } finally {
            budget.spend(since);
        }
    }
}
