// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;

/** A log of a few rows, of flows of web.service. */
final class RowsLog implements FlowLog {
    private final List<FlowRow> rows = new ArrayList<>();

    /** Adds a row of these fields, each {@code FIELD=value}, behind those that all rows have unless the value is empty. */
    FlowRow add(String... fields) {
        FlowRow row = new FlowRow(1_000_000 + rows.size(), 0, 0);
        List<String> all = new ArrayList<>(List.of(
                "FLOW_EVENT=new",
                "FLOW_SRC=10.0.0.1",
                "FLOW_SPORT=40000",
                "PID=7",
                "PID_COMM=web",
                "PID_EXE=/usr/bin/web",
                "PID_UID=33",
                "PID_SOURCE=bpf",
                "PID_CGROUP=/system.slice/web.service",
                "PID_SERVICE=web.service"));
        for (String field : fields) {
            all.removeIf(it -> it.startsWith(field.substring(0, field.indexOf('=') + 1)));
        }
        all.addAll(List.of(fields));
        for (String field : all) {
            int equals = field.indexOf('=');
            if (!field.endsWith("=")) {
                row.add(JournalField.valueOf(field.substring(0, equals)), field.substring(equals + 1));
            }
        }
        rows.add(row);
        return row;
    }

    FlowRow outbound(String destination, int port, String... fields) {
        List<String> all = new ArrayList<>(
                List.of("FLOW_DIRECTION=outbound", "FLOW_PROTO=tcp", "FLOW_DST=" + destination, "FLOW_DPORT=" + port));
        all.addAll(List.of(fields));
        return add(all.toArray(String[]::new));
    }

    FlowRow inbound(String source, int port) {
        return add(
                "FLOW_DIRECTION=inbound",
                "FLOW_PROTO=tcp",
                "FLOW_SRC=" + source,
                "FLOW_DST=10.0.0.1",
                "FLOW_DPORT=" + port);
    }

    @Override
    public void flows(FlowQuery query, RowSink sink) {
        rows.stream().filter(new RowFilter(query)).forEach(sink::take);
    }

    @Override
    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) {
        List<TotalsTable> totals = groupings.stream().map(TotalsTable::new).toList();
        rows.stream().filter(new RowFilter(query)).forEach(row -> totals.forEach(table -> table.add(row)));
        return totals.stream().map(TotalsTable::all).toList();
    }

    @Override
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void notices(TimeSpan span, Consumer<FlowRow> sink) {}

    @Override
    public List<Gap> miscounts(TimeSpan span) {
        return List.of();
    }

    @Override
    public Coverage coverage(TimeSpan span) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
