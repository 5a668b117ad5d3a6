// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/**
 * A log that matches nothing by itself: it has rows for a query with conditions, and rows for one without or for those that lack
 * a field.
 */
final class FakeLog implements FlowLog {
    final List<FlowRow> matching = new ArrayList<>();
    final List<FlowRow> others = new ArrayList<>();
    final List<FlowRow> summaries = new ArrayList<>();
    Coverage coverage;
    IOException failure;
    FlowLog part;
    final List<Gap> miscounts = new ArrayList<>();

    @Override
    public void flows(FlowQuery query, RowSink sink) throws IOException {
        boolean all = query.equals(FlowQuery.in(query.span()).without(query.absent()));
        boolean counted = FlowSummary.EVENT.equals(query.event());
        for (FlowRow row : all ? others : counted ? summaries : matching) {
            boolean lacks = query.absent() == null || row.get(query.absent()) == null;
            if (lacks && !sink.take(row)) {
                return;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) {
        return List.of();
    }

    @Override
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) {
        return Set.of();
    }

    @Override
    public void notices(TimeSpan span, Consumer<FlowRow> sink) {}

    @Override
    public List<Gap> miscounts(TimeSpan span) {
        return miscounts;
    }

    @Override
    public Coverage coverage(TimeSpan span) {
        return coverage;
    }

    @Override
    public Optional<FlowLog> since(long time) {
        return Optional.ofNullable(part);
    }

    @Override
    public void close() {}
}
