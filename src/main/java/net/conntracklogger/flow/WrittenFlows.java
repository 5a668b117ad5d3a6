// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Number of flows that the service had written at a time. journald had taken all of them then. A reader of the log
 * compares it with the entries that it finds.
 *
 * @param run when the service started, microseconds since the epoch: STAT_SINCE of its statistics
 * @param time microseconds since the epoch
 * @param monotonic the same time, microseconds of CLOCK_MONOTONIC
 * @param flows entries of flows between the start and the time
 */
public record WrittenFlows(long run, long time, long monotonic, long flows) {
    private static final Pattern TEXT =
            Pattern.compile("since=(\\d{1,18}) until=(\\d{1,18}) monotonic=(\\d{1,18}) flows=(\\d{1,18})\n");

    /** Returns the content of a file. */
    public String text() {
        return "since=" + run + " until=" + time + " monotonic=" + monotonic + " flows=" + flows + "\n";
    }

    /** Returns the count that a file has; empty if its content is none. */
    public static Optional<WrittenFlows> parse(String text) {
        Matcher found = TEXT.matcher(text);
        return found.matches()
                ? Optional.of(new WrittenFlows(number(found, 1), number(found, 2), number(found, 3), number(found, 4)))
                : Optional.empty();
    }

    private static long number(Matcher found, int group) {
        return Long.parseLong(found.group(group));
    }
}
