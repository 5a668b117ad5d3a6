// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import net.conntracklogger.capture.FlowCounts;
import net.conntracklogger.delivery.FlowWriter;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.Statistics;

/** Collects the counts of all stages. Thread-safe. */
public final class StatisticsCounts {
    private final long started;
    private final FlowCounts counts;
    private final ObservationQueue queue;
    private final FlowWriter writer;
    private final LossLedger losses;

    /** @param started when the service started, microseconds since the epoch: before it wrote the first entry */
    public StatisticsCounts(
            long started, FlowCounts counts, ObservationQueue queue, FlowWriter writer, LossLedger losses) {
        this.started = started;
        this.counts = counts;
        this.queue = queue;
        this.writer = writer;
        this.losses = losses;
    }

    /** Returns the counts since the start. */
    public Statistics now() {
        return new Statistics(
                started,
                counts.received(),
                counts.excluded(),
                counts.aggregated(),
                writer.written(),
                writer.flows(),
                counts.attributedBySource(),
                counts.unattributed(),
                losses.totals(),
                queue.most());
    }
}
