// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;

/**
 * Decides how sure it is that one host's log has no such flow.
 *
 * @param witness what is known of the log
 * @param now the time, microseconds since the epoch
 */
public record Certainty(Witness witness, long now) {
    /**
     * A flow is logged within that time after it began. It takes 100 ms for its name, and a batch of the writer. A
     * claim about later flows is not possible yet.
     */
    private static final long SETTLED_MICROS = TimeUnit.SECONDS.toMicros(5);

    /** Returns the gaps that can hide such a flow. */
    public static List<Gap> hiding(Stream<Gap> gaps, Question question, Coverage coverage) {
        return gaps.filter(gap -> hides(gap, question, coverage)).toList();
    }

    /** Reports whether a gap can hide such a flow. A lost owner hides a flow only from who asks by owner. */
    private static boolean hides(Gap gap, Question question, Coverage coverage) {
        boolean ofOwner = gap.kind() == Gap.Kind.LOST && gap.detail().equals("owner");
        // What was before the log begins is no part of an open question.
        return (!ofOwner || asksByOwner(question)) && (!question.isOpen() || gap.until() > coverage.since());
    }

    /**
     * Returns the verdict about a question without a flow in its answer.
     *
     * @param gaps the gaps that can hide such a flow
     */
    public Verdict notSeen(Question question, Coverage coverage, List<Gap> gaps) throws IOException {
        boolean reaches = question.isOpen() || coverage.reaches(question.span().since());
        // A log that could not be read says nothing about the time after its begin either.
        if (coverage.since() == Long.MAX_VALUE || !reaches && gaps.stream().noneMatch(Certainty::isUnreadable)) {
            return new Verdict.TooOld(question, coverage.since());
        }
        long since = question.isOpen() ? coverage.since() : question.span().since();
        long settled = now - SETTLED_MICROS - witness.summaryMicros();
        long until = claimedUntil(question, settled, since, coverage.countedUntil());
        List<Doubt> doubts = doubtsOfTime(question, coverage, settled, new TimeSpan(since, until));
        doubts.addAll(witness.exclusions(question, since, until));
        addUnknown(doubts, question, new TimeSpan(since, until));
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

    /** Returns why the log may not reach the end of a span. */
    private List<Doubt> doubtsOfTime(Question question, Coverage coverage, long settled, TimeSpan span) {
        List<Doubt> doubts = new ArrayList<>();
        boolean isLater = question.span().until() > now + SETTLED_MICROS
                && question.span().until() != Long.MAX_VALUE;
        if (isLater || span.until() <= span.since()) {
            doubts.add(new Doubt(Doubt.Kind.NOT_YET, settled, 0));
        }
        if (span.until() > coverage.until() && witness.runningSince() > coverage.until()) {
            doubts.add(new Doubt(Doubt.Kind.NOT_RUNNING, coverage.until(), 0));
        }
        if (span.until() > coverage.countedUntil()) {
            doubts.add(new Doubt(Doubt.Kind.NOT_COUNTED, coverage.countedUntil(), 0));
        }
        return doubts;
    }

    /**
     * Returns up to when absence is claimed. Without an end of its own a question ends now: what is not settled, or not counted
     * yet, is left out of the claim. One with an end is covered up to there or not at all.
     */
    private long claimedUntil(Question question, long settled, long since, long counted) {
        if (question.span().until() <= settled) {
            return question.span().until();
        }
        boolean isProof = counted > since && settled - counted < witness.longestWithoutCount();
        return isProof ? Math.min(settled, counted) : settled;
    }

    private List<Gap> miscounts(TimeSpan span) throws NotPermittedException {
        try {
            return witness.miscounts(span);
        } catch (NotPermittedException e) {
            throw e;
        } catch (IOException e) {
            return List.of(unreadable(e));
        }
    }

    /** Returns a gap for what could not be read. */
    public static Gap unreadable(IOException failure) {
        return new Gap(Gap.Kind.DAMAGED, 0, Long.MAX_VALUE, Gap.UNKNOWN, String.valueOf(failure.getMessage()));
    }

    private static boolean isUnreadable(Gap gap) {
        return gap.kind() == Gap.Kind.DAMAGED && gap.since() == 0 && gap.until() == Long.MAX_VALUE;
    }

    /** A flow without an owner may be that of the owner asked for. Likewise a flow without a name. */
    private void addUnknown(List<Doubt> doubts, Question question, TimeSpan span) throws IOException {
        if (asksByOwner(question) && witness.hasUnattributed(span)) {
            doubts.add(new Doubt(Doubt.Kind.UNATTRIBUTED, 0, 1));
        }
        if (question.criteria().stream().anyMatch(Certainty::isAboutNames) && witness.hasUnnamed(span)) {
            doubts.add(new Doubt(Doubt.Kind.UNNAMED, 0, 1));
        }
    }

    /**
     * Adds a doubt if summaries count flows of which one may be meant. A question about all flows has the summaries in its
     * answer, and their counts are exact.
     */
    private void addSummarised(List<Doubt> doubts, Question question, TimeSpan span) throws IOException {
        long flows = question.criteria().isEmpty() ? 0 : witness.summarised(question, span);
        if (flows > 0) {
            doubts.add(new Doubt(Doubt.Kind.SUMMARISED, 0, flows));
        }
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
