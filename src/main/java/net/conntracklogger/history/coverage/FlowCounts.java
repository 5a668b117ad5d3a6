// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;

/**
 * Number of flows that the service wrote between two entries of statistics. The first number counts from the start of
 * the service.
 *
 * @param since time of the earlier entry, or of the start; microseconds since the epoch
 * @param until time of the later entry
 * @param flows number of flows that the log has between them if none is missing
 */
public record FlowCounts(long since, long until, long flows) {
    /** A counter of the rows that a log has between two times, both excluded. */
    public interface RowCounter {
        /** Returns the number of flow events. */
        long rows(long since, long until) throws IOException;
    }

    /** Returns the counts that notices have, in the order of the log. */
    public static List<FlowCounts> of(List<FlowRow> notices) {
        List<FlowCounts> counts = new ArrayList<>();
        long run = -1;
        long time = 0;
        long flows = 0;
        for (FlowRow row : notices) {
            long start = row.number(STAT_SINCE, -1);
            long count = row.number(STAT_FLOWS, -1);
            if (start < 0 || count < 0) {
                continue;
            }
            if (start != run) {
                run = start;
                time = start;
                flows = 0;
            }
            counts.add(new FlowCounts(time, row.time(), count - flows));
            time = row.time();
            flows = count;
        }
        return counts;
    }

    /** Returns the time of the last count that notices have; 0 if they have none. */
    public static long until(List<FlowRow> notices) {
        List<FlowCounts> counts = of(notices);
        return counts.isEmpty() ? 0 : counts.get(counts.size() - 1).until;
    }

    /**
     * Returns a gap for each count that differs from the rows in the log. Skips counts that do not overlap the span.
     * Differences that cancel out within a run of the service are not found.
     */
    public static List<Gap> miscounts(List<FlowCounts> counts, TimeSpan span, RowCounter log) throws IOException {
        List<Gap> gaps = new ArrayList<>();
        for (List<FlowCounts> run : runs(counts, span)) {
            addMiscounts(gaps, run, log);
        }
        return gaps;
    }

    /** Returns the counts of each run of the service, without those outside of a span. */
    private static List<List<FlowCounts>> runs(List<FlowCounts> counts, TimeSpan span) {
        List<List<FlowCounts>> runs = new ArrayList<>();
        long end = -1;
        for (FlowCounts count : counts) {
            if (span.overlaps(count.since, count.until)) {
                if (count.since != end) {
                    runs.add(new ArrayList<>());
                }
                runs.get(runs.size() - 1).add(count);
                end = count.until;
            }
        }
        return runs;
    }

    /** Bisects the counts of a run. To count a month takes hardly longer than to count an hour. */
    private static void addMiscounts(List<Gap> gaps, List<FlowCounts> run, RowCounter log) throws IOException {
        long since = run.get(0).since;
        long until = run.get(run.size() - 1).until;
        long expected = run.stream().mapToLong(FlowCounts::flows).sum();
        long found = log.rows(since, until);
        if (found == expected) {
            return;
        }
        if (run.size() == 1) {
            gaps.add(new Gap(Gap.Kind.MISCOUNTED, since, until, Math.max(expected - found, Gap.UNKNOWN), ""));
            return;
        }
        addMiscounts(gaps, run.subList(0, run.size() / 2), log);
        addMiscounts(gaps, run.subList(run.size() / 2, run.size()), log);
    }
}
