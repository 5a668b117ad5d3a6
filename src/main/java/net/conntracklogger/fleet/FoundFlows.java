// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.answer.FlowSet;
import net.conntracklogger.history.query.FlowRow;

/**
 * The flows of many hosts that meet a query.
 *
 * @param rows in the order of their begin
 * @param complete whether these are all
 */
public record FoundFlows(List<FlowRow> rows, boolean complete) {
    public FoundFlows {
        rows = List.copyOf(rows);
    }

    static FoundFlows of(FlowSet flows) {
        return new FoundFlows(flows.rows(), flows.isComplete());
    }

    /** Returns these flows and others. If there are more than {@code most}, the last ones of all. */
    FoundFlows with(FoundFlows others, int most) {
        List<FlowRow> all = Stream.concat(rows.stream(), others.rows.stream())
                .sorted((a, b) -> Long.compare(a.begin(), b.begin()))
                .toList();
        int surplus = Math.max(all.size() - most, 0);
        return new FoundFlows(all.subList(surplus, all.size()), complete && others.complete && surplus == 0);
    }
}
