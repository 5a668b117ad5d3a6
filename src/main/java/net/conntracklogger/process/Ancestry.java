// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.util.Collection;
import java.util.OptionalInt;

/** The descent of running processes. */
public final class Ancestry {
    private final ProcessTable processes;

    public Ancestry(ProcessTable processes) {
        this.processes = processes;
    }

    /**
     * Returns the process that is an ancestor of all others. A listener is the ancestor of its workers. Empty if there
     * is none.
     */
    public OptionalInt eldest(Collection<Integer> pids) {
        return pids.stream()
                .mapToInt(Integer::intValue)
                .filter(one -> pids.stream().allMatch(other -> descends(other, one)))
                .findFirst();
    }

    private boolean descends(int pid, int ancestor) {
        int at = pid;
        while (at > 0 && at != ancestor) {
            ProcessStat stat = processes.stat(at);
            at = stat == null ? 0 : stat.parent();
        }
        return at == ancestor;
    }
}
