// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;

/**
 * What of each flow is queued for the log: its beginning, its end, or both ({@code Events=}). The end has the owner of the
 * beginning. Where the end alone is logged, a flow that has none yet when the service stops, or when room must be made, is
 * logged as it began. One thread uses it.
 */
public final class LoggedFlows {
    /** At the end there may be more to log than the queue has room for. */
    private static final long PATIENCE_AT_END = TimeUnit.SECONDS.toNanos(20);

    private static final long RETRY_NANOS = 1_000_000;

    private final boolean beginnings;
    private final boolean ends;
    private final OpenFlows open;
    private final ObservationQueue queue;
    private final LossLedger losses;

    public LoggedFlows(Set<FlowEvent.Kind> events, OpenFlows open, ObservationQueue queue, LossLedger losses) {
        this.beginnings = events.contains(FlowEvent.Kind.NEW);
        this.ends = events.contains(FlowEvent.Kind.END);
        this.open = open;
        this.queue = queue;
        this.losses = losses;
    }

    /** Queues what is to be logged now. What does not fit is counted. */
    void add(AttributedFlow flow) {
        if (flow.event().kind() == FlowEvent.Kind.END) {
            offer(open.end(flow));
            return;
        }
        if (beginnings) {
            offer(flow);
        }
        if (ends) {
            List<AttributedFlow> forgotten = open.add(flow);
            if (!beginnings) {
                forgotten.forEach(this::offer);
            }
        }
    }

    private void offer(AttributedFlow flow) {
        if (!queue.offer(flow)) {
            losses.add(Loss.Place.QUEUE, 1);
        }
    }

    /** Queues what has not been logged yet, and waits where the queue is full. */
    void finish() {
        if (beginnings) {
            return;
        }
        long deadline = System.nanoTime() + PATIENCE_AT_END;
        for (AttributedFlow flow : open.all()) {
            while (!queue.offer(flow)) {
                if (System.nanoTime() > deadline) {
                    losses.add(Loss.Place.QUEUE, 1);
                    break;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }
}
