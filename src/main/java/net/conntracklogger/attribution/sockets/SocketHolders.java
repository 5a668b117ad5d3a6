// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import net.conntracklogger.attribution.holders.ServiceManagers;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.Ancestry;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.SearchBudget;

/**
 * Finds the holders of a socket in {@code /proc/PID/fd}: first among the processes of the socket's cgroup, then, if none of
 * them holds the socket, among all processes. Not thread-safe.
 */
final class SocketHolders {
    /** The service manager. It holds the sockets of the services that it activates and uses none of them itself. */
    private static final int INIT = 1;

    /** A process that holds the socket. */
    record Holder(int pid, int descriptor) {}

    /**
     * Result of a search.
     *
     * @param holders the holders found, at least one unless the search failed
     * @param failure why the search found no holder; null if it found one
     */
    record Search(List<Holder> holders, Unattributed failure) {}

    private final ProcessTable processes;
    private final ControlGroups groups;
    private final Ancestry ancestry;
    private final ServiceManagers managers;
    private final SearchBudget budget = new SearchBudget();

    SocketHolders(ProcessTable processes, ControlGroups groups) {
        this.processes = processes;
        this.groups = groups;
        this.ancestry = new Ancestry(processes);
        this.managers = new ServiceManagers(processes);
    }

    /**
     * Searches for the holders of a socket.
     *
     * @param group the socket's cgroup; null if unknown
     */
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
                if (descriptor >= 0 && !managers.hasForked(pid)) {
                    holders.add(new Holder(pid, descriptor));
                }
                return true;
            };
            if (group != null) {
                groups.visitProcesses(group, visitor);
            }
            if (hasNoUser(holders)) {
                holders.clear();
                processes.visit(visitor);
            }
            dropServiceManager(holders);
            return new Search(holders, holders.isEmpty() ? reason(refused[0]) : null);
        } finally {
            budget.spend(since);
        }
    }

    private static Unattributed reason(boolean refused) {
        return refused ? Unattributed.NOT_PERMITTED : Unattributed.PROCESS_GONE;
    }

    private static boolean hasNoUser(List<Holder> holders) {
        return holders.stream().allMatch(holder -> holder.pid == INIT);
    }

    private static void dropServiceManager(List<Holder> holders) {
        if (holders.size() > 1) {
            holders.removeIf(holder -> holder.pid == INIT);
        }
    }

    /**
     * Returns the holder that uses the socket: the only holder, or the eldest of several if the socket accepts flows, because
     * that process listens for the others. Empty if several hold a socket of another kind, because any can have used it.
     */
    Optional<Holder> user(OwnerSource source, List<Holder> holders) {
        if (holders.size() == 1) {
            return Optional.of(holders.get(0));
        }
        return source == OwnerSource.LISTENER ? eldest(holders) : Optional.empty();
    }

    /** Returns the holder that is an ancestor of all others. */
    private Optional<Holder> eldest(List<Holder> holders) {
        OptionalInt eldest = ancestry.eldest(holders.stream().map(Holder::pid).toList());
        return holders.stream()
                .filter(holder -> eldest.isPresent() && holder.pid == eldest.getAsInt())
                .findFirst();
    }
}
