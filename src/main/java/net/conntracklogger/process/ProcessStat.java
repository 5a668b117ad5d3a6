// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.RawText;

/**
 * What {@code /proc/PID/stat} says of a process (proc_pid_stat(5)).
 *
 * @param comm the kernel's name for the process
 * @param parent process id of the parent, 0 if it has none
 * @param startTicks start time in clock ticks since boot
 * @param stack address at which the stack begins, random for each exec; 0 or -1 if the kernel hides it
 */
public record ProcessStat(RawText comm, int parent, long startTicks, long stack) {
    /** Indexes of the fields behind the name in parentheses. The name may hold spaces and parentheses. */
    private static final int PPID = 4 - 3;

    private static final int STARTTIME = 22 - 3;
    private static final int STARTSTACK = 28 - 3;

    /** Reports whether it is the same process, and still the same exec of it. */
    public boolean isSameImage(ProcessStat other) {
        return startTicks == other.startTicks && stack == other.stack;
    }

    /** Parses the file. Returns null if fields are missing. */
    static ProcessStat parse(ByteBuffer content, int length) {
        int open = 0;
        while (open < length && content.get(open) != '(') {
            open++;
        }
        int close = length - 1;
        while (close > open && content.get(close) != ')') {
            close--;
        }
        if (close <= open) {
            return null;
        }
        byte[] comm = new byte[close - open - 1];
        content.get(open + 1, comm);
        long parent = field(content, close + 2, length, PPID);
        long start = field(content, close + 2, length, STARTTIME);
        long stack = field(content, close + 2, length, STARTSTACK);
        RawText name = RawText.copyOf(comm, 0, comm.length);
        return parent < 0 || start < 0 ? null : new ProcessStat(name, (int) parent, start, stack);
    }

    /** Returns the number in the field of this index, or -1 if there is none. Fields end with a space. */
    private static long field(ByteBuffer content, int from, int length, int index) {
        int at = from;
        for (int skipped = 0; at < length && skipped < index; at++) {
            skipped += content.get(at) == ' ' ? 1 : 0;
        }
        long number = 0;
        int digits = at;
        for (; digits < length && content.get(digits) >= '0' && content.get(digits) <= '9'; digits++) {
            number = number * 10 + content.get(digits) - '0';
        }
        return digits == at ? -1 : number;
    }
}
