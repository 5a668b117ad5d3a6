// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.Witness;
import net.conntracklogger.fleet.search.CountedRun;
import net.conntracklogger.fleet.search.HostRecord;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.GapFinder;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/**
 * What the index knows of the completeness of a host's log. A shipper passes on neither the monotonic time of an
 * entry nor its order in the journal: that the clock was set back is not found, and a boot shows by what the next
 * start of the service reports.
 *
 * @param now the time, microseconds since the epoch
 */
record IndexedWitness(HostRecord record, SharedFindings findings, long now) implements Witness {
    /** Summaries are taken to be written within that time. The manual page says so. */
    private static final long LONGEST_SUMMARY_MICROS = TimeUnit.DAYS.toMicros(1);

    @Override
    public Coverage coverage(TimeSpan span) throws IOException {
        GapFinder finder = new GapFinder();
        record.notices().forEach(finder::add);
        List<Gap> gaps = new ArrayList<>(finder.in(span));
        long last = findings.lastEntry(record, now);
        if (now - last > SharedFindings.patience(record)) {
            // Silence is what lasts; that the service was stopped before says nothing of what came after.
            gaps.removeIf(gap -> gap.kind() == Gap.Kind.DOWN && gap.until() == Long.MAX_VALUE);
            Gap silence = new Gap(Gap.Kind.SILENT, last, Long.MAX_VALUE, Gap.UNKNOWN, "");
            if (silence.overlaps(span)) {
                gaps.add(silence);
            }
        }
        gaps.sort(Comparator.comparingLong(Gap::since));
        long counted = record.uncounted()
                ? 0
                : record.runs().stream()
                        .mapToLong(run -> run.last().time())
                        .max()
                        .orElse(0);
        return new Coverage(findings.firstEntry(record), last, Long.MAX_VALUE, 0, finder.isRunning(), counted, gaps);
    }

    @Override
    public List<Gap> miscounts(TimeSpan span) throws IOException {
        List<Gap> gaps = new ArrayList<>();
        for (CountedRun run : record.runs()) {
            if (!span.overlaps(run.begin().time(), run.end().time())) {
                continue;
            }
            long missing = run.flows() - findings.flows(run);
            if (missing != 0) {
                gaps.add(new Gap(
                        Gap.Kind.MISCOUNTED, run.begin().time(), run.end().time(), Math.max(missing, Gap.UNKNOWN), ""));
            }
        }
        return gaps;
    }

    /**
     * The configuration of another host is unknown. But its service counts what that excludes, and its flows show
     * Events=.
     */
    @Override
    public List<Doubt> exclusions(Question question, long since, long until) throws IOException {
        List<Doubt> doubts = new ArrayList<>();
        long excluded = record.runs().stream()
                .filter(run -> run.begin().time() < until && run.end().time() >= since)
                .mapToLong(CountedRun::excluded)
                .sum();
        if (excluded > 0) {
            doubts.add(new Doubt(Doubt.Kind.EXCLUDED, 0, excluded));
        }
        if (!findings.logsBegins(record.host())) {
            doubts.add(Doubt.of(Doubt.Kind.NO_BEGINS));
        }
        return doubts;
    }

    @Override
    public boolean hasUnattributed(TimeSpan span) throws IOException {
        return findings.hasUnattributed(record.host());
    }

    @Override
    public boolean hasUnnamed(TimeSpan span) throws IOException {
        return findings.hasUnnamed(record.host());
    }

    @Override
    public long summarised(Question question, TimeSpan span) throws IOException {
        return isAggregated() ? findings.summarised(question, record.host()) : 0;
    }

    /** Aggregate= of another host is unknown. But its service counts what summaries will have. */
    @Override
    public long summaryMicros() {
        return isAggregated() ? LONGEST_SUMMARY_MICROS : 0;
    }

    private boolean isAggregated() {
        return record.runs().stream().anyMatch(run -> run.aggregated() > 0);
    }

    /** Entries arrive later than the service writes them. What is not yet there is not counted either. */
    @Override
    public long runningSince() {
        return 0;
    }

    @Override
    public long longestWithoutCount() {
        return SharedFindings.patience(record);
    }
}
