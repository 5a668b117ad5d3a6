// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.Judge;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;

/**
 * A summary, and how far it can be relied on.
 *
 * @param criteria conditions that its flows meet; none: all flows
 * @param completeness whether the log has every flow of the span
 * @param newest the flows that began last, the newest first
 */
public record Report(
        Origin origin, List<Criterion> criteria, Summary summary, Verdict completeness, List<FlowRow> newest) {
    public Report {
        criteria = List.copyOf(criteria);
        newest = List.copyOf(newest);
    }

    /**
     * Makes a report.
     *
     * @param most maximum number of rows of a ranking
     * @param mostFlows maximum number of newest flows
     */
    public static Report of(FlowLog log, Evidence evidence, Question question, int most, int mostFlows, Origin origin)
            throws IOException {
        Summary summary = new Summarizer(log, most).sum(question.query());
        return new Report(
                origin,
                question.criteria(),
                summary,
                new Judge(log, evidence).completeness(question.span(), summary.coverage()),
                new NewestFlows(log, mostFlows).of(question.query(), summary.coverage()));
    }

    /** Returns until when the log is proved complete; 0 if it is not. */
    long completeUntil() {
        return completeness instanceof Verdict.Complete complete ? complete.until() : 0;
    }

    /** Returns the gaps of the log in the span, in the order of their begin. */
    List<Gap> gaps() {
        List<Gap> known = summary.coverage().gaps();
        List<Gap> found = completeness instanceof Verdict.Blind blind ? blind.gaps() : List.of();
        return Stream.concat(known.stream(), found.stream())
                .distinct()
                .sorted(Comparator.comparingLong(Gap::since))
                .toList();
    }

    /** Returns other reasons why the log may lack flows. */
    List<Doubt> doubts() {
        return completeness instanceof Verdict.Blind blind ? blind.doubts() : List.of();
    }
}
