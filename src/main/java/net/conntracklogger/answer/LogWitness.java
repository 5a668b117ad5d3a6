// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/**
 * What a log and its host say themselves.
 *
 * @param log the log
 * @param evidence what is known of its service beside it
 */
public record LogWitness(FlowLog log, Evidence evidence) implements Witness {
    /** A service counts once a second, unless it is busy. */
    static final long LATEST_COUNT_MICROS = TimeUnit.MINUTES.toMicros(1);

    /** Reasons that leave no process of this host as the owner of a flow. */
    public static final Set<String> CERTAIN_REASONS = Set.of("forwarded", "kernel", "no-listener");

    @Override
    public Coverage coverage(TimeSpan span) throws IOException {
        return log.coverage(span);
    }

    @Override
    public List<Gap> miscounts(TimeSpan span) throws IOException {
        return log.miscounts(span);
    }

    @Override
    public List<Doubt> exclusions(Question question, long since, long until) {
        if (evidence.configuration().isEmpty()) {
            return List.of(Doubt.of(evidence.thisHost() ? Doubt.Kind.CONFIGURATION_UNKNOWN : Doubt.Kind.OTHER_HOST));
        }
        List<Doubt> doubts = new ArrayList<>();
        Configuration configuration = evidence.configuration().get();
        if (evidence.configurationChanged() > since) {
            doubts.add(new Doubt(Doubt.Kind.CONFIGURATION_CHANGED, evidence.configurationChanged(), 0));
        }
        if (!configuration.protocols().isEmpty()
                && question.protocol()
                        .map(configuration::logs)
                        .map(logged -> !logged)
                        .orElse(true)) {
            doubts.add(Doubt.of(Doubt.Kind.PROTOCOLS));
        }
        if (!configuration.include().isEmpty() || !configuration.exclude().isEmpty()) {
            doubts.add(Doubt.of(Doubt.Kind.RULES));
        }
        if (!configuration.events().contains(FlowEvent.Kind.NEW)) {
            doubts.add(Doubt.of(Doubt.Kind.ENDS_ONLY));
        }
        return doubts;
    }

    @Override
    public boolean hasUnattributed(TimeSpan span) throws IOException {
        return any(
                FlowQuery.in(span).without(PID),
                row -> row.get(FLOW_COUNT) == null && !CERTAIN_REASONS.contains(FlowText.value(row, PID_REASON)));
    }

    @Override
    public boolean hasUnnamed(TimeSpan span) throws IOException {
        return any(
                FlowQuery.in(span).without(FLOW_DNAME),
                row -> row.get(FLOW_COUNT) == null && !"inbound".equals(row.get(FLOW_DIRECTION)));
    }

    private boolean any(FlowQuery query, Predicate<FlowRow> condition) throws IOException {
        boolean[] met = {false};
        log.flows(query, row -> {
            met[0] = condition.test(row);
            return !met[0];
        });
        return met[0];
    }

    @Override
    public long summarised(Question question, TimeSpan span) throws IOException {
        long[] flows = {0};
        RowFilter filter = new RowFilter(question.query().during(span));
        log.flows(FlowQuery.in(span).withEvent(FlowSummary.EVENT), row -> {
            flows[0] += filter.mayBeIn(row) ? counted(row) : 0;
            return true;
        });
        return flows[0];
    }

    /** Returns how many flows a summary counts, by their begin or by their end. */
    public static long counted(FlowRow summary) {
        return Math.max(summary.flows(), summary.number(FLOW_END_COUNT, 0));
    }

    @Override
    public long summaryMicros() {
        return TimeUnit.SECONDS.toMicros(
                evidence.configuration().map(Configuration::aggregate).orElse(0));
    }

    @Override
    public long runningSince() {
        return evidence.runningSince();
    }

    @Override
    public long longestWithoutCount() {
        return LATEST_COUNT_MICROS;
    }
}
