// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.NoProcess;

/**
 * Finds the processes that hold a socket: those of the socket's own control group, and only where none of them does, all.
 * Not safe for use by several threads.
 */
final class SocketHolders {
    /** The service manager holds the sockets of services that it activates, and uses none of them itself. */
    private static final int INIT = 1;

    /**
     * What a search found.
     *
     * @param pids the holders
     * @param failure why there is none; null where there is one
     */
    record Search(List<Integer> pids, NoProcess failure) {}

    private final ProcessTable processes;
    private final ControlGroups groups;
    private final SearchBudget budget = new SearchBudget();

    SocketHolders(ProcessTable processes, ControlGroups groups) {
        this.processes = processes;
        this.groups = groups;
    }

    /** Finds who holds the socket. {@code group} is null where it is not known. */
    Search find(long inode, ControlGroup group) {
        if (!budget.allows()) {
            return new Search(List.of(), NoProcess.SEARCH_LIMIT);
        }
        long since = System.nanoTime();
        try {
            List<Integer> pids = new ArrayList<>();
            if (group != null) {
                groups.visitProcesses(group, pid -> collect(pid, inode, pids) != ProcessTable.Holding.NOT_PERMITTED);
            }
            boolean[] refused = {false};
            if (pids.isEmpty() || pids.equals(List.of(INIT))) {
                pids.clear();
                processes.visit(pid -> {
                    refused[0] |= collect(pid, inode, pids) == ProcessTable.Holding.NOT_PERMITTED;
                    return true;
                });
            }
            if (pids.size() > 1) {
                pids.remove(Integer.valueOf(INIT));
            }
            return new Search(pids, pids.isEmpty() ? reason(refused[0]) : null);
        } finally {
            budget.spend(since);
        }
    }

    private ProcessTable.Holding collect(int pid, long inode, List<Integer> pids) {
        ProcessTable.Holding holding = processes.holds(pid, inode);
        if (holding == ProcessTable.Holding.YES) {
            pids.add(pid);
        }
        return holding;
    }

    private static NoProcess reason(boolean refused) {
        return refused ? NoProcess.NOT_PERMITTED : NoProcess.PROCESS_GONE;
    }

    /** The one of them that is an ancestor of all others: who listened before its workers were forked. */
    Optional<Integer> eldest(List<Integer> pids) {
        return pids.stream()
                .filter(pid -> pids.stream().allMatch(other -> descends(other, pid)))
                .findFirst();
    }

    private boolean descends(int pid, int ancestor) {
        for (int at = pid; at > 0; at = processes.parent(at)) {
            if (at == ancestor) {
                return true;
            }
        }
        return false;
    }
}
