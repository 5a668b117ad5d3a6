// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.util.Map;

/**
 * Sizes of the BPF maps. The maps of command lines and cgroup paths have a share of that size. One image in 4 may have a
 * command line of up to 736 bytes or, for example, one in 32 of up to 4,096 bytes, and 16 images share a cgroup.
 *
 * @param flows number of flow records, from 1
 * @param processes number of process images, from 1
 */
public record MapSizes(int flows, int processes) {
    private static final int PROCESSES_PER_COMMAND_PART = 4;
    private static final int PROCESSES_PER_CGROUP = 16;
    private static final int FLOWS_PER_ACCEPTOR = 2;
    /** {@code LOCAL_FREE_TARGET} of kernel/bpf/bpf_lru_list.c */
    private static final int RESERVE_PER_CPU = 128;

    /**
     * Number of DNS questions without an answer yet. A resolver with 10,000 questions a second and answers after 0.4 s
     * has as many.
     */
    private static final int QUESTIONS = 4096;

    /** Refused attempts that may be repeated. Of more at once, some are recorded again with a later datagram. */
    private static final int ATTEMPTS = 4096;

    private static final int SMALLEST_TRACES = 65_536;

    /**
     * Returns the number of entries of each map by its name in {@code src/main/bpf}.
     *
     * @param cpus number of possible CPUs. Before Linux 6.16 each may reserve 128 entries of an LRU map. A map without
     *     room for these evicts most of its records
     */
    public Map<String, Integer> entries(int cpus) {
        int smallest = RESERVE_PER_CPU * cpus;
        return Map.of(
                "initiators",
                Math.max(smallest, flows),
                "acceptors",
                Math.max(smallest, flows / FLOWS_PER_ACCEPTOR),
                "traces",
                traces(),
                "processes",
                Math.max(smallest, processes),
                "command_parts",
                Math.max(smallest, processes / PROCESSES_PER_COMMAND_PART),
                "cgroups",
                Math.max(smallest, processes / PROCESSES_PER_CGROUP),
                "questions",
                Math.max(smallest, QUESTIONS),
                "attempts",
                Math.max(smallest, ATTEMPTS));
    }

    /** Returns the number of eviction marks, at least two a flow record. It is a power of two. */
    public int traces() {
        int most = Math.max(SMALLEST_TRACES, 2 * flows);
        return Integer.highestOneBit(most - 1) << 1;
    }
}
