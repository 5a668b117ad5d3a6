// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.LimitedSink;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;
import net.conntracklogger.question.Criterion;

/** A log of some rows, from 500 s to 2000 s, with a gap at 1150 s. */
final class RowLog implements FlowLog {
    private static final long SECOND = 1_000_000;

    final List<FlowRow> rows = new ArrayList<>();
    /** Queries for flows, in their order. */
    final List<FlowQuery> asked = new ArrayList<>();

    long since = 500;

    /** Adds an outbound flow. The service is null if it is unknown. */
    FlowRow add(long second, String event, String service, String destination) {
        FlowRow row = row(second, event, service, "outbound");
        row.add(FLOW_DST, destination);
        return row;
    }

    FlowRow inbound(long second, String service, String source) {
        FlowRow row = row(second, "new", service, "inbound");
        row.add(FLOW_SRC, source);
        return row;
    }

    private FlowRow row(long second, String event, String service, String direction) {
        FlowRow row = new FlowRow(second * SECOND, 0, 0);
        row.add(FLOW_EVENT, event);
        row.add(FLOW_DIRECTION, direction);
        if (service != null) {
            row.add(PID_SERVICE, service);
        }
        rows.add(row);
        return row;
    }

    /** Returns a report of a summary with all rows of the log. */
    Report report(Summary summary, Verdict completeness) {
        Origin origin = new Origin("host", null, "0.9", 3000 * SECOND, ZoneId.of("UTC"));
        return new Report(origin, List.of(new Criterion.Port(80)), summary, completeness, rows);
    }

    @Override
    public void flows(FlowQuery query, RowSink sink) {
        asked.add(query);
        RowSink limited = new LimitedSink(sink, query.limit());
        List<FlowRow> latestFirst = new ArrayList<>(rows);
        latestFirst.sort(Comparator.comparingLong(FlowRow::time).reversed());
        for (FlowRow row : latestFirst) {
            if (new RowFilter(query).test(row) && !limited.take(row)) {
                return;
            }
        }
    }

    @Override
    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) {
        List<TotalsTable> totals = groupings.stream().map(TotalsTable::new).toList();
        rows.stream().filter(new RowFilter(query)).forEach(row -> totals.forEach(table -> table.add(row)));
        return totals.stream().map(TotalsTable::all).toList();
    }

    @Override
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) {
        return rows.stream()
                .filter(new RowFilter(query))
                .filter(row -> !row.isRefused())
                .map(row -> row.get(field))
                .filter(some::contains)
                .collect(Collectors.toSet());
    }

    @Override
    public void notices(TimeSpan span, Consumer<FlowRow> sink) {}

    @Override
    public List<Gap> miscounts(TimeSpan span) {
        return List.of();
    }

    @Override
    public Coverage coverage(TimeSpan span) {
        Gap gap = new Gap(Gap.Kind.LOST, 1150 * SECOND, 1151 * SECOND, 3, "queue");
        return new Coverage(since * SECOND, 2000 * SECOND, Long.MAX_VALUE, 0, true, 0, List.of(gap));
    }

    @Override
    public void close() {}
}
