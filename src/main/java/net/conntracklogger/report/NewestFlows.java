// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.FlowSet;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;

/**
 * Finds the newest flows. Searches the last minutes of the span first, and more of it only if they have too few, because the
 * archive sorts all that it finds.
 */
final class NewestFlows {
    private static final long FIRST_WINDOW_MICROS = TimeUnit.MINUTES.toMicros(10);
    private static final int GROWTH = 12;
    /** Entries that are read for each flow at first. It has its begin, its end, and progress if it is long. */
    private static final int ENTRIES_A_FLOW = 4;

    private final FlowLog log;
    private final int most;

    /** @param most maximum number of flows */
    NewestFlows(FlowLog log, int most) {
        this.log = log;
        this.most = most;
    }

    /** Returns the flows that began last of those that meet a query, the newest first. */
    List<FlowRow> of(FlowQuery query, Coverage coverage) throws IOException {
        if (most == 0 || coverage.until() == 0) {
            return List.of();
        }
        TimeSpan span = query.span();
        long until = span.until();
        long latest = Math.min(until, coverage.until() + 1);
        long length = FIRST_WINDOW_MICROS;
        while (true) {
            long since = Math.max(span.since(), Math.max(0, latest - length));
            List<FlowRow> found = during(query.during(new TimeSpan(since, until)), span);
            if (found.size() >= most || since == span.since() || since < coverage.since()) {
                return found;
            }
            length *= GROWTH;
        }
    }

    private List<FlowRow> during(FlowQuery query, TimeSpan whole) throws IOException {
        long limit = most;
        long[] rows = new long[1];
        FlowSet set;
        do {
            limit *= ENTRIES_A_FLOW;
            rows[0] = 0;
            FlowSet of = new FlowSet(most);
            log.flows(query.withLimit(limit), row -> {
                rows[0]++;
                return of.take(row);
            });
            set = of;
            // Flows that last may have more entries (ProgressSec=).
        } while (rows[0] == limit && set.isComplete() && set.rows().size() < most);
        List<FlowRow> found = new ArrayList<>(set.rows());
        found.removeIf(row -> row.begin() < whole.since());
        Collections.reverse(found);
        return found;
    }
}
