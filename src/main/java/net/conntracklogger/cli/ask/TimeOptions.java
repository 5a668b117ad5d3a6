// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Durations;
import net.conntracklogger.question.TimeText;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say when. They give a span, or a time and how far it may be off. */
final class TimeOptions {
    private static final String DEFAULT_WITHIN = "5s";

    @Option(names = "--at", paramLabel = "TIME", description = "Flows at about this time; see --within.")
    private String at;

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            description = "How far a time that is asked for may be off (default: ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_WITHIN)
    private String within;

    @Mixin
    private SpanOptions span;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** Reports whether the user said when. */
    boolean isGiven() {
        return at != null || span.isGiven();
    }

    /** Returns how far a time may be off, in microseconds. */
    long tolerance() {
        return Usage.read(command, () -> Durations.read(within));
    }

    /**
     * Returns the span, in microseconds since the epoch.
     *
     * @param open begin of the span if the user gave none
     * @param now end of the span if the user gave none
     */
    TimeSpan span(TimeText times, long open, long now) {
        Usage.require(command, at == null || !span.isGiven(), "use either --at or --since and --until");
        if (at == null) {
            return Usage.read(command, () -> span.span(times, open, now));
        }
        long time = Usage.read(command, () -> times.read(at));
        return new TimeSpan(time - tolerance(), time + tolerance() + 1);
    }
}
