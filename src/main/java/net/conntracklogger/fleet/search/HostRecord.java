// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.util.List;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;

/**
 * What the index knows of a host's service about a span.
 *
 * @param first time of its oldest entry that is no flow, microseconds since the epoch
 * @param last time of its most recent entry
 * @param notices its entries that are neither flows nor statistics, the oldest first
 * @param runs the runs of its service with a moment in the span, or the last one before it
 * @param uncounted whether there are more runs than are here
 */
public record HostRecord(
        Host host, long first, long last, List<FlowRow> notices, List<CountedRun> runs, boolean uncounted) {}
