// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.TimeText;
import picocli.CommandLine.Option;

/** The options that say from when to when. */
final class SpanOptions {
    @Option(
            names = {"-S", "--since"},
            paramLabel = "TIME",
            description = "Flows from this time on, such as '2026-11-23 02:14:07', yesterday, -1h, @1795467585.")
    private String since;

    @Option(
            names = {"-U", "--until"},
            paramLabel = "TIME",
            description = "Flows up to this time (default: now).")
    private String until;

    boolean isGiven() {
        return since != null || until != null;
    }

    /**
     * Returns the span.
     *
     * @param open begin of the span if the user gave none
     * @param now end of the span if the user gave none
     * @throws IllegalArgumentException if it ends before it begins, or a time is none
     */
    TimeSpan span(TimeText times, long open, long now) {
        long from = since == null ? open : times.read(since);
        long to = until == null ? now : times.read(until);
        if (to <= from) {
            throw new IllegalArgumentException("--until is not later than --since");
        }
        return new TimeSpan(from, to);
    }
}
