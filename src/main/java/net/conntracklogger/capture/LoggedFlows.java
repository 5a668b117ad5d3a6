// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.summary.Summaries;
import net.conntracklogger.watch.FlowPolicy;

/**
 * Queues what {@code Events=} selects of each flow: its beginning, its end, or both. Queues its progress, too. An end carries the
 * owner of the beginning. If only ends are logged, the beginning of a flow is logged instead of its end if the flow is evicted or
 * the service stops. Not thread-safe.
 */
public final class LoggedFlows {
    /**
     * Maximum wait for room in the queue when the service stops, in nanoseconds. There may be more open flows than the
     * queue holds.
     */
    private static final long PATIENCE_AT_END_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final boolean beginnings;
    private final boolean ends;
    private final boolean remembers;
    private final OpenFlows open;
    private final ObservationQueue queue;
    private final EntryNumbers kept;
    private final long loggedBefore;
    private final FlowCounts counts;
    private final Summaries summaries;
    private final UnaryOperator<AttributedFlow> mark;
    private volatile FlowPolicy policy;

    /**
     * Queues nothing yet.
     *
     * @param events {@code NEW}, {@code END} or both
     * @param remembers whether flows are remembered until they end: true if ends are logged
     * @param kept the events of the flows
     * @param mark marks flows that are queued
     * @param loggedBefore an earlier process logged the existing flows that began before this time, in microseconds since the
     *     epoch
     */
    public LoggedFlows(
            Set<FlowEvent.Kind> events,
            boolean remembers,
            OpenFlows open,
            ObservationQueue queue,
            EntryNumbers kept,
            long loggedBefore,
            FlowCounts counts,
            Summaries summaries,
            FlowPolicy policy,
            UnaryOperator<AttributedFlow> mark) {
        this.beginnings = events.contains(FlowEvent.Kind.NEW);
        this.ends = events.contains(FlowEvent.Kind.END);
        this.remembers = remembers;
        this.open = open;
        this.queue = queue;
        this.kept = kept;
        this.loggedBefore = loggedBefore;
        this.counts = counts;
        this.summaries = summaries;
        this.policy = policy;
        this.mark = mark;
    }

    /** Applies a policy to the flows that are logged from now on. Thread-safe. */
    public void reconfigure(FlowPolicy changed) {
        policy = changed;
    }

    /** Reports whether a flow may be logged, before it is attributed. An end has the owner of its beginning, so it may be. */
    boolean mayLog(FlowEvent event) {
        return event.kind() == FlowEvent.Kind.END || policy.mayLog(event);
    }

    /** Queues a beginning or end without a kept event, if it is to be logged. */
    void add(AttributedFlow flow) {
        add(flow, UnwrittenEvents.NONE);
    }

    /**
     * Queues a beginning, an end or a refused flow if it is to be logged.
     *
     * @param position where its event is kept, until the entry is written
     */
    void add(AttributedFlow flow, long position) {
        switch (flow.event().kind()) {
            case END -> addEnd(open.end(flow), position);
            case REFUSED -> queue(flow, position);
            case PROGRESS -> addProgress(flow);
            case NEW, EXISTING -> addBeginning(flow, position);
        }
    }

    private void addEnd(AttributedFlow flow, long position) {
        if (ends) {
            queue(flow, position);
        } else {
            counts.onExcluded();
            kept.settle(position);
        }
    }

    private void addProgress(AttributedFlow flow) {
        AttributedFlow examined = policy.examine(flow);
        if (examined == null) {
            counts.onExcluded();
        } else if (summaries.hides(examined)) {
            counts.onAggregated();
        } else {
            queue.add(mark.apply(examined), UnwrittenEvents.NONE);
        }
    }

    private void addBeginning(AttributedFlow flow, long position) {
        if (beginnings && !isLogged(flow.event())) {
            queue(flow, position);
        } else {
            kept.settle(position);
        }
        if (remembers) {
            List<AttributedFlow> evicted = open.add(flow);
            if (!beginnings) {
                evicted.forEach(each -> queue(each, UnwrittenEvents.NONE));
            }
        }
    }

    private void queue(AttributedFlow flow, long position) {
        AttributedFlow examined = policy.examine(flow);
        if (examined == null) {
            counts.onExcluded();
            kept.settle(position);
        } else if (summaries.take(examined, position, beginnings && flow.event().kind() == FlowEvent.Kind.END)) {
            counts.onAggregated();
        } else if (!queue.add(mark.apply(examined), position)) {
            kept.settle(position);
        }
    }

    private boolean isLogged(FlowEvent flow) {
        return flow.kind() == FlowEvent.Kind.EXISTING && flow.timestamp() < loggedBefore;
    }

    /** Queues the summaries that are due as {@link Summaries#check} does. */
    void check(long lag) {
        summaries.check(lag);
    }

    /** Queues all summaries and waits for room. Queues the open flows, too, if only ends are logged. */
    void finish() {
        summaries.finish();
        if (!beginnings) {
            FlowPolicy last = policy;
            List<AttributedFlow> included = open.all().stream()
                    .map(last::examine)
                    .filter(Objects::nonNull)
                    .map(mark)
                    .toList();
            queue.addPatiently(included, PATIENCE_AT_END_NANOS);
        }
    }
}
