// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
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
 * Events of existing flows that the log has already: each start of the service logs the open flows again. Such a flow began
 * while the service logged it as new, or an event of another start is of the same flow.
 *
 * @param totals the repeats by {@link #FIELDS} and buckets of time
 */
record Repeats(List<Totals> totals) {
    /** All fields by which a summary groups flows. */
    private static final List<JournalField> FIELDS = List.of(
            PID_SERVICE,
            PID_EXE,
            PID_REASON,
            FLOW_PROTO,
            FLOW_SRC,
            FLOW_DST,
            FLOW_DPORT,
            FLOW_DIRECTION,
            FLOW_DNAME,
            FLOW_EVENT);

    private static final List<JournalField> IDENTITY =
            List.of(FLOW_ID, FLOW_PROTO, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT, FLOW_ICMP_ID, FLOW_NETNS);

    /** The kernel's time of an existing flow may be that much earlier than that of its first event. */
    private static final long EVENT_MICROS = TimeUnit.SECONDS.toMicros(1);

    /** Finds the repeats among the flows that meet a query. */
    static Repeats of(FlowLog log, FlowQuery query, Coverage coverage, long bucket) throws IOException {
        TotalsTable repeats = new TotalsTable(new Grouping(FIELDS, bucket));
        Set<String> later = new HashSet<>();
        log.flows(query.withEvent(FlowEvent.Kind.EXISTING.text()).withLimit(Long.MAX_VALUE), row -> {
            if (!later.add(identity(row)) || isLoggedAsNew(row, query, coverage)) {
                repeats.add(row);
            }
            return true;
        });
        return new Repeats(repeats.all());
    }

    private static boolean isLoggedAsNew(FlowRow row, FlowQuery query, Coverage coverage) {
        if (row.get(FLOW_TIMESTAMP) == null) {
            return false;
        }
        long begin = row.begin();
        return begin >= query.span().since() + EVENT_MICROS
                && begin >= coverage.since() + EVENT_MICROS
                && coverage.gaps().stream()
                        .noneMatch(gap -> begin >= gap.since() - EVENT_MICROS && begin <= gap.until() + EVENT_MICROS);
    }

    private static String identity(FlowRow row) {
        StringBuilder identity = new StringBuilder();
        for (JournalField field : IDENTITY) {
            identity.append(row.get(field)).append(' ');
        }
        return identity.append(row.get(FLOW_TIMESTAMP)).toString();
    }

    /** Returns the repeats by some fields, as many flows less. */
    List<Totals> by(List<JournalField> fields) {
        List<Totals> less = new ArrayList<>();
        for (Totals repeat : totals) {
            List<String> key = new ArrayList<>();
            fields.forEach(field -> key.add(repeat.key().get(FIELDS.indexOf(field))));
            less.add(new Totals(key, repeat.bucket(), -repeat.rows(), 0, 0, repeat.first(), repeat.last()));
        }
        return less;
    }
}
