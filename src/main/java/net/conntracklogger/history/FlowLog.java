// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** The log of flows, in the journal, in the archive or in both: each row once. Not thread-safe. */
public interface FlowLog extends Closeable {
    /**
     * Passes the flow events that meet a query to a sink, the most recent entry first.
     *
     * @throws IOException if a file cannot be read. What the sink has got by then is right, but not all
     */
    void flows(FlowQuery query, RowSink sink) throws IOException;

    /**
     * Counts the flow events that meet a query, by groups. Ignores the limit of the query. A row counts in the bucket in which
     * its flow began.
     *
     * @return the groups in no particular order
     */
    List<Totals> totals(FlowQuery query, Grouping grouping) throws IOException;

    /** Returns the losses and notices of the service in a span, by the time of their entries, earliest first. */
    List<FlowRow> notices(TimeSpan span) throws IOException;

    /**
     * Compares the flows of the log with the counts of the service (STAT_FLOWS).
     *
     * @return a gap for each interval between two counts, with a moment in the span, of which flows are missing
     */
    List<Gap> miscounts(TimeSpan span) throws IOException;

    /** Returns what is known of gaps in a span, and how far the log reaches. */
    Coverage coverage(TimeSpan span) throws IOException;
}
