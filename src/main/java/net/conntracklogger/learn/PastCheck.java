// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;

/**
 * What an expectation would have flagged in the past.
 *
 * @param checked number of flow events of the unit
 * @param flagged number of events that it would have flagged
 * @param rows the most recent of these, the most recent first
 */
public record PastCheck(long checked, long flagged, List<FlowRow> rows) {
    /**
     * Compares the flows that meet a query and that one of the expectations is about.
     *
     * @param all all expectations, because that of an instance precedes that of its template
     * @param users uids of the users that the rules name
     * @param most maximum number of rows
     */
    public static PastCheck of(
            FlowLog log, FlowQuery query, Expectations all, Expectation expectation, Map<String, Long> users, int most)
            throws IOException {
        long[] counts = {0, 0};
        List<FlowRow> rows = new ArrayList<>();
        log.flows(query, row -> {
            Optional<AttributedFlow> flow = PastFlow.of(row).filter(it -> all.isAbout(expectation, it));
            if (flow.isPresent()) {
                counts[0]++;
                if (!expectation.allows(flow.get(), users)) {
                    counts[1]++;
                    if (rows.size() < most) {
                        rows.add(row);
                    }
                }
            }
            return true;
        });
        return new PastCheck(counts[0], counts[1], rows);
    }
}
