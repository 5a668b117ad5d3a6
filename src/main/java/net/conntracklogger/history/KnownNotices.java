// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.FlowCounts;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.GapFinder;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;

/**
 * What the losses and notices of a log say. Takes them in the order of the log, and keeps only the statistics: there may be a
 * loss for each second of a year. Not thread-safe.
 */
final class KnownNotices implements Consumer<FlowRow> {
    private final GapFinder finder = new GapFinder();
    private final List<FlowRow> statistics = new ArrayList<>();
    private FlowRow last;

    @Override
    public void accept(FlowRow row) {
        finder.add(row);
        if (row.get(JournalField.STAT_SINCE) != null) {
            statistics.add(row);
        }
        last = row;
    }

    /** Adds the count that the service keeps beside its log, after all notices. */
    void add(Optional<LastCount> count) {
        if (count.isEmpty()) {
            return;
        }
        // The file is gone after a boot, and the service begins with a notice: that is of the same boot.
        FlowRow row = count.get().row(last == null ? 0 : last.boot());
        int place = statistics.size();
        while (place > 0 && isLater(statistics.get(place - 1), row)) {
            place--;
        }
        statistics.add(place, row);
        if (last == null || !isLater(last, row)) {
            finder.add(row);
        }
    }

    private static boolean isLater(FlowRow notice, FlowRow count) {
        return notice.boot() == count.boot() && notice.monotonic() > count.monotonic();
    }

    /** Returns the gaps that overlap a span, in the order of their begin. */
    List<Gap> gaps(TimeSpan span) {
        return finder.in(span);
    }

    /** Reports whether the service runs after the last entry. */
    boolean isRunning() {
        return finder.isRunning();
    }

    List<FlowCounts> counts() {
        return FlowCounts.of(statistics);
    }

    /** Returns the time of the last count; 0 if there is none. */
    long countedUntil() {
        return FlowCounts.until(statistics);
    }
}
