// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import net.conntracklogger.capture.FlowCounts;
import net.conntracklogger.delivery.FlowWriter;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Statistics;

/** Collects the counts of all stages. Thread-safe. */
public final class StatisticsCounts {
    private final long started = EpochMicros.now();
    private final FlowCounts counts;
    private final ObservationQueue queue;
    private final FlowWriter writer;
    private final LossLedger losses;

    public StatisticsCounts(FlowCounts counts, ObservationQueue queue, FlowWriter writer, LossLedger losses) {
        this.counts = counts;
        this.queue = queue;
        this.writer = writer;
        this.losses = losses;
    }

    /** Returns the counts since this object was created, at the start. */
    public Statistics now() {
        return new Statistics(
                started,
                counts.received(),
                counts.excluded(),
                writer.written(),
                writer.flows(),
                counts.attributedBySource(),
                counts.unattributed(),
                losses.totals(),
                queue.most());
    }
}
