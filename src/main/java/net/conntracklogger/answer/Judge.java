// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;

/**
 * Asks the log, and decides how sure the answer is. Asks a part of it first, if that holds all of the question's span: what is not
 * certain by the part may be certain by the whole.
 */
public final class Judge {
    /**
     * A flow is logged within that time after it began: 100 ms for its name, and a batch of the writer. A claim about later
     * flows is not possible yet.
     */
    private static final long SETTLED_MICROS = TimeUnit.SECONDS.toMicros(5);

    /** A claim ends with the last count of the service if that is not much older. It counts once a second, unless it is busy. */
    private static final long LATEST_COUNT_MICROS = TimeUnit.MINUTES.toMicros(1);

    /** The owner of such a flow is no process of this host, or none at all. */
    private static final Set<String> CERTAIN_REASONS = Set.of("forwarded", "kernel", "no-listener");

    private final FlowLog log;
    private final Evidence evidence;

    public Judge(FlowLog log, Evidence evidence) {
        this.log = log;
        this.evidence = evidence;
    }

    /**
     * Answers a question.
     *
     * @param most maximum number of flows in the answer
     */
    public Verdict answer(Question question, int most) throws IOException {
        Optional<FlowLog> part = log.since(question.span().since());
        if (part.isPresent()) {
            Verdict verdict = new Judge(part.get(), evidence).ask(question, most);
            // The part may have been cut while it was asked.
            if (verdict.isCertain() && log.since(question.span().since()).isPresent()) {
                return verdict;
            }
        }
        return ask(question, most);
    }

    /**
     * Returns how sure it is that the log has every flow of a span: complete, blind or too old.
     *
     * @param coverage what the log says of the span
     */
    public Verdict completeness(TimeSpan span, Coverage coverage) throws IOException {
        Question everything = new Question(List.of(), span);
        return notSeen(everything, coverage, hiding(coverage.gaps().stream(), everything, coverage));
    }

    private Verdict ask(Question question, int most) throws IOException {
        FlowSet flows = new FlowSet(most);
        Optional<Gap> damage = read(question, flows);
        Coverage coverage = log.coverage(question.span());
        List<Gap> gaps = hiding(Stream.concat(damage.stream(), coverage.gaps().stream()), question, coverage);
        List<FlowRow> rows = flows.rows();
        return rows.isEmpty()
                ? notSeen(question, coverage, gaps)
                : new Verdict.Found(question, rows, flows.isComplete(), gaps);
    }

    /** Passes the flows to a sink. Returns what could not be read: the flows that came are right, but others may be missing. */
    private Optional<Gap> read(Question question, FlowSet flows) throws NotPermittedException {
        try {
            log.flows(question.query(), flows);
            return Optional.empty();
        } catch (NotPermittedException e) {
            throw e;
        } catch (IOException e) {
            return Optional.of(unreadable(e));
        }
    }

    private static List<Gap> hiding(Stream<Gap> gaps, Question question, Coverage coverage) {
        return gaps.filter(gap -> hides(gap, question, coverage)).toList();
    }

    /** Reports whether a gap can hide such a flow. A lost owner hides a flow only from who asks by owner. */
    private static boolean hides(Gap gap, Question question, Coverage coverage) {
        boolean ofOwner = gap.kind() == Gap.Kind.LOST && gap.detail().equals("owner");
        // What was before the log begins is no part of an open question.
        return (!ofOwner || asksByOwner(question)) && (!question.isOpen() || gap.until() > coverage.since());
    }

    private Verdict notSeen(Question question, Coverage coverage, List<Gap> gaps) throws IOException {
        if (coverage.since() == Long.MAX_VALUE
                || !question.isOpen() && !coverage.reaches(question.span().since())) {
            return new Verdict.TooOld(question, coverage.since());
        }
        long since = question.isOpen() ? coverage.since() : question.span().since();
        long settled = evidence.now() - SETTLED_MICROS - summaryMicros();
        // Without an end of its own a question ends now: what is not settled is left out of the claim.
        long counted = coverage.countedUntil();
        boolean isProof = counted > since && settled - counted < LATEST_COUNT_MICROS;
        long until = Math.min(question.span().until(), isProof ? Math.min(settled, counted) : settled);
        List<Doubt> doubts = new ArrayList<>();
        if (question.span().until() > evidence.now() + SETTLED_MICROS
                        && question.span().until() != Long.MAX_VALUE
                || until <= since) {
            doubts.add(new Doubt(Doubt.Kind.NOT_YET, settled, 0));
        }
        if (until > coverage.until() && evidence.runningSince() > coverage.until()) {
            doubts.add(new Doubt(Doubt.Kind.NOT_RUNNING, coverage.until(), 0));
        }
        if (until > counted) {
            doubts.add(new Doubt(Doubt.Kind.NOT_COUNTED, counted, 0));
        }
        addConfiguration(doubts, question, since);
        addUnknown(doubts, question, since, until);
        if (gaps.isEmpty()) {
            addSummarised(doubts, question, new TimeSpan(since, until));
        }
        if (!gaps.isEmpty() || !doubts.isEmpty()) {
            return new Verdict.Blind(question, gaps, doubts);
        }
        List<Gap> miscounts = miscounts(new TimeSpan(since, until + SETTLED_MICROS));
        return miscounts.isEmpty()
                ? new Verdict.Complete(question, since, until)
                : new Verdict.Blind(question, miscounts, doubts);
    }

    /** Returns after which time a flow is in a summary that is written, if it has no entry of its own. */
    private long summaryMicros() {
        return TimeUnit.SECONDS.toMicros(
                evidence.configuration().map(Configuration::aggregate).orElse(0));
    }

    private List<Gap> miscounts(TimeSpan span) throws NotPermittedException {
        try {
            return log.miscounts(span);
        } catch (NotPermittedException e) {
            throw e;
        } catch (IOException e) {
            return List.of(unreadable(e));
        }
    }

    private static Gap unreadable(IOException failure) {
        return new Gap(Gap.Kind.DAMAGED, 0, Long.MAX_VALUE, Gap.UNKNOWN, String.valueOf(failure.getMessage()));
    }

    private void addConfiguration(List<Doubt> doubts, Question question, long since) {
        if (evidence.configuration().isEmpty()) {
            doubts.add(Doubt.of(evidence.thisHost() ? Doubt.Kind.CONFIGURATION_UNKNOWN : Doubt.Kind.OTHER_HOST));
            return;
        }
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
    }

    /** A flow without an owner may be that of the owner asked for; likewise a flow without a name. */
    private void addUnknown(List<Doubt> doubts, Question question, long since, long until) throws IOException {
        FlowQuery all = FlowQuery.in(new TimeSpan(since, until));
        if (asksByOwner(question) && any(all, Judge::isUnattributed)) {
            doubts.add(new Doubt(Doubt.Kind.UNATTRIBUTED, 0, 1));
        }
        if (question.criteria().stream().anyMatch(Judge::isAboutNames) && any(all, Judge::isUnnamed)) {
            doubts.add(new Doubt(Doubt.Kind.UNNAMED, 0, 1));
        }
    }

    /** Adds a doubt if summaries count flows of which one may be meant. */
    private void addSummarised(List<Doubt> doubts, Question question, TimeSpan span) throws IOException {
        long[] flows = {0};
        RowFilter filter = new RowFilter(question.query().during(span));
        log.flows(FlowQuery.in(span).withEvent(FlowSummary.EVENT), row -> {
            flows[0] += filter.mayBeIn(row) ? Math.max(row.flows(), row.number(FLOW_END_COUNT, 0)) : 0;
            return true;
        });
        if (flows[0] > 0) {
            doubts.add(new Doubt(Doubt.Kind.SUMMARISED, 0, flows[0]));
        }
    }

    private boolean any(FlowQuery query, Predicate<FlowRow> condition) throws IOException {
        boolean[] met = {false};
        log.flows(query, row -> {
            met[0] = condition.test(row);
            return !met[0];
        });
        return met[0];
    }

    private static boolean isUnattributed(FlowRow row) {
        return row.get(PID) == null
                && row.get(FLOW_COUNT) == null
                && !CERTAIN_REASONS.contains(FlowText.value(row, PID_REASON));
    }

    private static boolean isUnnamed(FlowRow row) {
        return row.get(FLOW_DNAME) == null && row.get(FLOW_COUNT) == null && !"inbound".equals(row.get(FLOW_DIRECTION));
    }

    private static boolean isAboutNames(Criterion criterion) {
        return criterion instanceof Criterion.Name
                || criterion instanceof Criterion.Listed listed && listed.list().hasNames();
    }

    private static boolean asksByOwner(Question question) {
        return question.criteria().stream()
                .anyMatch(it -> it instanceof Criterion.Service
                        || it instanceof Criterion.ProcessId
                        || it instanceof Criterion.UserName
                        || it instanceof Criterion.UserId);
    }
}
