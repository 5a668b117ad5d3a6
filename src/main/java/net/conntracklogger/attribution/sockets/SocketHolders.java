// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import net.conntracklogger.attribution.holders.ServiceManagers;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.Ancestry;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.SearchBudget;

/**
 * Finds the processes that hold a socket: those of the socket's own control group, and only where none of them does, all.
 * Not safe for use by several threads.
 */
final class SocketHolders {
    /** The service manager holds the sockets of services that it activates, and uses none of them itself. */
    private static final int INIT = 1;

    /** A process, and which of its descriptors is the socket. */
    record Holder(int pid, int descriptor) {}

    /**
     * What a search found.
     *
     * @param failure why there is none; null where there is one
     */
    record Search(List<Holder> holders, Unattributed failure) {}

    private final ProcessTable processes;
    private final ControlGroups groups;
    private final Ancestry lineage;
    private final ServiceManagers manager;
    private final SearchBudget budget = new SearchBudget();

    SocketHolders(ProcessTable processes, ControlGroups groups) {
        this.processes = processes;
        this.groups = groups;
        this.lineage = new Ancestry(processes);
        this.manager = new ServiceManagers(processes);
    }

    /** Finds who holds the socket. {@code group} is null where it is not known. */
    Search find(long inode, ControlGroup group) {
        if (!budget.allows()) {
            return new Search(List.of(), Unattributed.SEARCH_LIMIT);
        }
        long since = System.nanoTime();
        try {
            List<Holder> holders = new ArrayList<>();
            boolean[] refused = {false};
            IntPredicate visitor = pid -> {
                int descriptor = processes.descriptorOf(pid, inode);
                refused[0] |= descriptor == ProcessTable.NOT_PERMITTED;
                if (descriptor >= 0 && !manager.hasForked(pid)) {
                    holders.add(new Holder(pid, descriptor));
                }
                return true;
            };
            if (group != null) {
                groups.visitProcesses(group, visitor);
            }
            if (holders.stream().allMatch(holder -> holder.pid == INIT)) {
                holders.clear();
                processes.visit(visitor);
            }
            if (holders.size() > 1) {
                holders.removeIf(holder -> holder.pid == INIT);
            }
            return new Search(holders, holders.isEmpty() ? reason(refused[0]) : null);
        } finally {
            budget.spend(since);
        }
    }

    private static Unattributed reason(boolean refused) {
        return refused ? Unattributed.NOT_PERMITTED : Unattributed.PROCESS_GONE;
    }

    /** The one of them that is an ancestor of all others. */
    Optional<Holder> eldest(List<Holder> holders) {
        OptionalInt eldest = lineage.eldest(holders.stream().map(Holder::pid).toList());
        return holders.stream()
                .filter(holder -> eldest.isPresent() && holder.pid == eldest.getAsInt())
                .findFirst();
    }
}
