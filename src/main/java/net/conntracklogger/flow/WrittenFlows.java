// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many flows the service had written at a time at which journald had taken all of them. A reader of the log compares it with
 * the entries that it finds.
 *
 * @param run when the service started, microseconds since the epoch: STAT_SINCE of its statistics
 * @param time microseconds since the epoch
 * @param monotonic the same time, microseconds of CLOCK_MONOTONIC
 * @param flows entries of flows between the start and the time
 */
public record WrittenFlows(long run, long time, long monotonic, long flows) {
    private static final Pattern LINE = Pattern.compile(
            "boot=([0-9a-f]{32}) since=(\\d{1,18}) until=(\\d{1,18}) monotonic=(\\d{1,18}) flows=(\\d{1,18})\n");

    /**
     * A count as it stands in a file.
     *
     * @param boot id of the boot, 32 hexadecimal digits
     */
    public record Line(String boot, WrittenFlows count) {
        /** Returns the text of the file. */
        public String text() {
            return "boot=" + boot + " since=" + count.run + " until=" + count.time + " monotonic=" + count.monotonic
                    + " flows=" + count.flows + "\n";
        }

        /** Returns the content of a file; empty if it is none. */
        public static Optional<Line> parse(String text) {
            Matcher line = LINE.matcher(text);
            return line.matches()
                    ? Optional.of(new Line(
                            line.group(1),
                            new WrittenFlows(number(line, 2), number(line, 3), number(line, 4), number(line, 5))))
                    : Optional.empty();
        }

        private static long number(Matcher line, int group) {
            return Long.parseLong(line.group(group));
        }
    }
}
