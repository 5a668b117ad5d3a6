// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/**
 * Queues what {@code Events=} selects of each flow: its beginning, its end, or both. An end carries the owner of the
 * beginning. If only ends are logged, the beginning of a flow is logged instead of its end if the flow is evicted or the
 * service stops. Not thread-safe.
 */
public final class LoggedFlows {
    /**
     * Maximum wait for room in the queue when the service stops, in nanoseconds. There may be more open flows than the
     * queue holds.
     */
    private static final long PATIENCE_AT_END_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final boolean beginnings;
    private final boolean ends;
    private final OpenFlows open;
    private final ObservationQueue queue;
    private final FlowCounts counts;
    private volatile FlowFilter filter;

    /** @param events {@code NEW}, {@code END} or both */
    public LoggedFlows(
            Set<FlowEvent.Kind> events, OpenFlows open, ObservationQueue queue, FlowCounts counts, FlowFilter filter) {
        this.beginnings = events.contains(FlowEvent.Kind.NEW);
        this.ends = events.contains(FlowEvent.Kind.END);
        this.open = open;
        this.queue = queue;
        this.counts = counts;
        this.filter = filter;
    }

    /** Applies a filter to the flows that are logged from now on. Thread-safe. */
    public void reconfigure(FlowFilter changed) {
        filter = changed;
    }

    /** Reports whether a flow may be logged, before it is attributed. An end has the owner of its beginning, so it may be. */
    boolean mayLog(FlowEvent event) {
        return event.kind() == FlowEvent.Kind.END || filter.mayPass(event);
    }

    /** Queues the beginning or end of a flow if it is to be logged. */
    void add(AttributedFlow flow) {
        if (flow.event().kind() == FlowEvent.Kind.END) {
            queueIfIncluded(open.end(flow));
            return;
        }
        if (beginnings) {
            queueIfIncluded(flow);
        }
        if (ends) {
            List<AttributedFlow> evicted = open.add(flow);
            if (!beginnings) {
                evicted.forEach(this::queueIfIncluded);
            }
        }
    }

    private void queueIfIncluded(AttributedFlow flow) {
        if (filter.passes(flow)) {
            queue.add(flow);
        } else {
            counts.onExcluded();
        }
    }

    /** Queues the open flows if only ends are logged, and waits for room. */
    void finish() {
        if (!beginnings) {
            List<AttributedFlow> included =
                    open.all().stream().filter(filter::passes).toList();
            queue.addPatiently(included, PATIENCE_AT_END_NANOS);
        }
    }
}
