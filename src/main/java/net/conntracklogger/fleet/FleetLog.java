// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;

/** The logs of many hosts. Not thread-safe. */
public interface FleetLog extends Closeable {
    /**
     * Returns the flows that meet each of some queries, each with its host.
     *
     * @param most maximum number of flows for each query, the most recent of all
     */
    List<FoundFlows> flows(List<FlowQuery> queries, int most) throws IOException;

    /** Returns all hosts, with what is known of their logs in a span. */
    List<HostLog> hosts(TimeSpan span) throws IOException;
}
