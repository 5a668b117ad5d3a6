// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;

/**
 * Finds events of existing flows that the log has already. Each start of the service logs the open flows again. Such a
 * flow began while the service logged it as new, or an event of another start is of the same flow. Not thread-safe.
 */
final class Repeats {
    private static final List<JournalField> IDENTITY =
            List.of(FLOW_ID, FLOW_PROTO, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT, FLOW_ICMP_ID, FLOW_NETNS);

    /** Time by which the kernel's start of an existing flow may precede its first event. */
    private static final long EVENT_MICROS = TimeUnit.SECONDS.toMicros(1);

    private final FlowQuery query;
    private final Coverage coverage;
    private final List<TotalsTable> repeats;
    private final int most;
    /** Flows of which an event is counted. They began before the log or in a gap. */
    private final Set<String> counted = new HashSet<>();

    private long unchecked;

    /**
     * Starts without repeats.
     *
     * @param most maximum number of flows that are remembered
     */
    Repeats(FlowQuery query, Coverage coverage, List<Grouping> groupings, int most) {
        this.query = query;
        this.coverage = coverage;
        this.most = most;
        repeats = groupings.stream().map(TotalsTable::new).toList();
    }

    /** Finds the repeats among the flows that meet the query. */
    void find(FlowLog log) throws IOException {
        log.flows(query.withEvent(FlowEvent.Kind.EXISTING.text()).withLimit(Long.MAX_VALUE), row -> {
            if (isLoggedAsNew(row) || isCounted(row)) {
                repeats.forEach(table -> table.add(row));
            }
            return true;
        });
    }

    private boolean isLoggedAsNew(FlowRow row) {
        if (row.get(FLOW_TIMESTAMP) == null) {
            return false;
        }
        long begin = row.begin();
        return begin >= query.span().since() + EVENT_MICROS
                && begin >= coverage.since() + EVENT_MICROS
                && coverage.gaps().stream()
                        .noneMatch(gap -> begin >= gap.since() - EVENT_MICROS && begin <= gap.until() + EVENT_MICROS);
    }

    private boolean isCounted(FlowRow row) {
        String identity = identity(row);
        if (counted.contains(identity)) {
            return true;
        }
        if (counted.size() < most) {
            counted.add(identity);
        } else {
            unchecked++;
        }
        return false;
    }

    private static String identity(FlowRow row) {
        StringBuilder identity = new StringBuilder();
        for (JournalField field : IDENTITY) {
            identity.append(row.get(field)).append(' ');
        }
        return identity.append(row.get(FLOW_TIMESTAMP)).toString();
    }

    /** Returns the repeats by a grouping. Their counts are negative: added to those of all events, they give flows. */
    List<Totals> of(int grouping) {
        return repeats.get(grouping).all().stream()
                .map(it -> new Totals(it.key(), it.bucket(), -it.flows(), 0, 0, it.first(), it.last()))
                .toList();
    }

    /** Returns the number of events that count as flows, but may be repeats. More flows came than are remembered. */
    long unchecked() {
        return unchecked;
    }
}
