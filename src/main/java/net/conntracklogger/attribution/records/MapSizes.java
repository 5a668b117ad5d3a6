// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import java.util.Map;

/**
 * How many records the kernel keeps until they are read. What goes with a process, but not with each, has a share of the
 * room for processes: one in 32 may have a command line that is longer than the part which all have room for, and there
 * may be one control group for 16.
 *
 * @param flows of which the owner is kept
 * @param processes of which command line, path and ancestors are kept
 */
public record MapSizes(int flows, int processes) {
    private static final int PROCESSES_PER_LONG_COMMAND = 32;
    private static final int PROCESSES_PER_CGROUP = 16;
    private static final int SMALLEST = 16;
    private static final int SMALLEST_TRACES = 65_536;

    /** Entries of each map, by its name in {@code src/main/bpf}. */
    Map<String, Integer> entries() {
        return Map.of(
                "flows",
                flows,
                "processes",
                processes,
                "long_commands",
                Math.max(SMALLEST, processes / PROCESSES_PER_LONG_COMMAND),
                "cgroups",
                Math.max(SMALLEST, processes / PROCESSES_PER_CGROUP));
    }

    /** What tells that a flow's record was there takes 8 bytes for each of twice as many flows; a power of two. */
    int traces() {
        int most = Math.max(SMALLEST_TRACES, 2 * flows);
        return Integer.highestOneBit(most - 1) << 1;
    }
}
