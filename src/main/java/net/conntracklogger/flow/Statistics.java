// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Map;

/**
 * Counts since the service started.
 *
 * @param since when it started, microseconds since the epoch
 * @param received events of conntrack, and existing flows
 * @param excluded events among them that the configuration excludes
 * @param aggregated events among them that summaries count
 * @param logged entries written, except losses and statistics
 * @param flows entries of flows before this one, also those that the output did not take
 * @param attributed new and existing flows by the way in which their process was found
 * @param unattributed new and existing flows without a process
 * @param lost records by the place in which they were lost
 * @param queueMost largest number of records that waited for the output
 */
public record Statistics(
        long since,
        long received,
        long excluded,
        long aggregated,
        long logged,
        long flows,
        Map<OwnerSource, Long> attributed,
        long unattributed,
        Map<Loss.Place, Long> lost,
        long queueMost)
        implements Observation {

    /** Returns these statistics with another count of flows. */
    public Statistics withFlows(long count) {
        return new Statistics(
                since, received, excluded, aggregated, logged, count, attributed, unattributed, lost, queueMost);
    }

    /** Returns how many flows were attributed to a process. */
    public long attributedInAll() {
        return attributed.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns how many records were lost in a place. */
    public long lost(Loss.Place place) {
        return lost.getOrDefault(place, 0L);
    }

    @Override
    public int retainedBytes() {
        return 1024;
    }
}
