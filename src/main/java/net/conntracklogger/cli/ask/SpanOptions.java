// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.TimeText;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

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

    /** Returns the span. It begins so many microseconds before now if the user gave no begin. */
    TimeSpan recent(ResultOptions results, long length) {
        Instant now = Instant.now();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        return Usage.read(command, () -> span(results.times(now), micros - length, micros));
    }
}
