// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** The log of flows, in the journal, in the archive or in both. Has each row once. Not thread-safe. */
public interface FlowLog extends Closeable {
    /**
     * Passes the flow events that meet a query to a sink. The most recent entry comes first.
     *
     * @throws IOException if a file cannot be read. What the sink has got by then is right, but not all
     */
    void flows(FlowQuery query, RowSink sink) throws IOException;

    /**
     * Counts the flow events that meet a query, by groups. Ignores the limit of the query. A row counts in the bucket in which
     * its flow began. Several groupings at once take hardly longer than one.
     *
     * @return for each grouping in its place, the groups in no particular order
     */
    List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) throws IOException;

    /** Counts the flow events that meet a query, by groups in no particular order. */
    default List<Totals> totals(FlowQuery query, Grouping grouping) throws IOException {
        return totals(query, List.of(grouping)).get(0);
    }

    /**
     * Returns those of some values that a field has in matching flows. An attempt that was refused is no flow. Of
     * several names, the first counts. Ignores the limit of the query.
     */
    Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) throws IOException;

    /**
     * Passes the losses and notices of the service in a span to a sink. They are in the order of the times of their entries,
     * earliest first.
     */
    void notices(TimeSpan span, Consumer<FlowRow> sink) throws IOException;

    /**
     * Compares the flows of the log with the counts of the service (STAT_FLOWS).
     *
     * @return a gap for each interval between two counts, with a moment in the span, of which flows are missing
     */
    List<Gap> miscounts(TimeSpan span) throws IOException;

    /**
     * Returns a part of this log that answers sooner, and holds all since a time.
     *
     * @return empty if there is none. Needs not be closed
     */
    default Optional<FlowLog> since(long time) throws IOException {
        return Optional.empty();
    }

    /** Returns what is known of gaps in a span, and how far the log reaches. */
    Coverage coverage(TimeSpan span) throws IOException;
}
