// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Certainty;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.LogWitness;
import net.conntracklogger.answer.Witness;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/** What is known of a log of which a file could not be read. */
record UnreadWitness(LogWitness log, IOException failure) implements Witness {
    @Override
    public Coverage coverage(TimeSpan span) throws IOException {
        Coverage known = log.coverage(span);
        List<Gap> gaps = new ArrayList<>(known.gaps());
        gaps.add(Certainty.unreadable(failure));
        return new Coverage(
                known.since(),
                known.until(),
                known.archivedSince(),
                known.archivedUntil(),
                known.running(),
                known.countedUntil(),
                gaps);
    }

    @Override
    public List<Gap> miscounts(TimeSpan span) {
        return List.of(Certainty.unreadable(failure));
    }

    @Override
    public List<Doubt> exclusions(Question question, long since, long until) {
        return log.exclusions(question, since, until);
    }

    /** What was not read may have one. */
    @Override
    public boolean hasUnattributed(TimeSpan span) {
        return true;
    }

    /** What was not read may have one. */
    @Override
    public boolean hasUnnamed(TimeSpan span) {
        return true;
    }

    @Override
    public long summarised(Question question, TimeSpan span) throws IOException {
        return log.summarised(question, span);
    }

    @Override
    public long summaryMicros() {
        return log.summaryMicros();
    }

    @Override
    public long runningSince() {
        return log.runningSince();
    }

    @Override
    public long longestWithoutCount() {
        return log.longestWithoutCount();
    }
}
