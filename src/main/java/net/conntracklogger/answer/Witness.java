// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.io.IOException;
import java.util.List;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/** What is known of the completeness of one host's log. Not thread-safe. */
public interface Witness {
    /** Returns what is known of gaps in a span, and how far the log reaches. */
    Coverage coverage(TimeSpan span) throws IOException;

    /** Returns the intervals in which the log and the service count differently. Each has a moment in the span. */
    List<Gap> miscounts(TimeSpan span) throws IOException;

    /** Returns why the service may have left out flows asked for between two times. */
    List<Doubt> exclusions(Question question, long since, long until) throws IOException;

    /** Reports whether a flow of a span has no owner, and could have had one. */
    boolean hasUnattributed(TimeSpan span) throws IOException;

    /** Reports whether a flow lacks a destination name that it could have had. */
    boolean hasUnnamed(TimeSpan span) throws IOException;

    /**
     * Returns how many flows summaries count of which one may be meant. A value that a summary lacks may be any.
     *
     * @param span part of the question's span
     */
    long summarised(Question question, TimeSpan span) throws IOException;

    /** Returns after which time a flow is in a summary that is written, in microseconds. */
    long summaryMicros();

    /**
     * Returns when the running service started, in microseconds since the epoch. {@link Evidence#NOT_RUNNING} if none
     * is known to run.
     */
    long runningSince();

    /** Returns how old the last count may be for a claim that ends with it. In microseconds. */
    long longestWithoutCount();
}
