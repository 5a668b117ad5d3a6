// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

/**
 * The time at which an event was read. The owner of its flow had started by then.
 *
 * @param nanos {@link System#nanoTime()}
 * @param newestPid the process id that the kernel had assigned last; {@link #UNKNOWN} if it was not read
 */
public record ReadTime(long nanos, int newestPid) {
    /** A process id that stands for an unknown one. */
    public static final int UNKNOWN = 0;
    /**
     * Maximum number of process ids that the kernel assigns in 10 ms, a clock tick. It assigns them in ascending order
     * and starts again at 300 after {@code pid_max} (alloc_pid() in kernel/pid.c). An id that is lower by more may
     * therefore be new.
     */
    private static final int MAX_PIDS_PER_TICK = 1000;

    /** Returns a time at which the newest process is unknown. */
    public static ReadTime at(long nanos) {
        return new ReadTime(nanos, UNKNOWN);
    }

    /**
     * Reports whether a process had started before the event was read. Applies to a process that started in the clock
     * tick of this time.
     */
    public boolean isAfterStartOf(int pid) {
        int younger = newestPid - pid;
        return newestPid != UNKNOWN && younger >= 0 && younger < MAX_PIDS_PER_TICK;
    }
}
