// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import net.conntracklogger.flow.RawText;

/**
 * A process as /proc/PID/stat has it.
 *
 * @param startTicks clock ticks since boot
 * @param stack where its stack begins, at random with each exec; 0 or -1 where that is not told
 */
public record ProcessStat(RawText comm, int parent, long startTicks, long stack) {
    /** Whether it is the same process, and has gone on with no other program. */
    public boolean isSameImage(ProcessStat other) {
        return startTicks == other.startTicks && stack == other.stack;
    }
}
