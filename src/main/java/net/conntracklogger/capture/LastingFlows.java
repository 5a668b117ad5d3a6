// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;

/**
 * Gives flows that last what is remembered of their beginnings. Yields no flow whose end was read. Called by flow-reader only.
 */
public final class LastingFlows {
    /** Number of flows to take in one turn. Bounds how long events wait: a flow takes some microseconds. */
    private static final int FLOWS_A_TURN = 256;
    /** Number of ended flows that are remembered: 1.5 MiB. */
    private static final int MOST_ENDED = 1 << 16;

    private static final long EVENT_DELAY_MICROS = TimeUnit.NANOSECONDS.toMicros(TablePass.EVENT_DELAY_NANOS);
    /** Maximum time from the tracking of a flow to its event. On some kernels, the flow has the time of the event. */
    private static final long NEW_EVENT_MICROS = TimeUnit.SECONDS.toMicros(1);

    private final FlowProgress source;
    private final OpenFlows open;
    private final Failures failures;
    private final RecentFlows ended = new RecentFlows(MOST_ENDED, 0);

    /** @param failures counts flows of which nothing can be said */
    public LastingFlows(FlowProgress source, OpenFlows open, Failures failures) {
        this.source = source;
        this.open = open;
        this.failures = failures;
    }

    /** Accounts for an event that was read. */
    void onEvent(FlowEvent event) {
        if (event.kind() == FlowEvent.Kind.END && event.namespace() == null) {
            ended.add(ExistingFlows.key(event), EpochMicros.now());
        }
    }

    /** Reports whether {@link #take} has flows to take. */
    boolean isWaiting() {
        return source.isWaiting();
    }

    /** Takes some flows. Called when all events were read. */
    List<AttributedFlow> take() {
        List<AttributedFlow> flows = new ArrayList<>(0);
        for (int i = 0; i < FLOWS_A_TURN; i++) {
            FlowProgress.Sighting seen = source.next();
            if (seen == null) {
                break;
            }
            AttributedFlow flow = flow(seen);
            if (flow != null) {
                flows.add(flow);
            }
        }
        return flows;
    }

    private AttributedFlow flow(FlowProgress.Sighting seen) {
        FlowEvent event = seen.flow();
        AttributedFlow begun = open.get(event.id());
        if (begun != null && begun.event().isOfFlow(event)) {
            boolean old = begun.event().timestamp() <= seen.oldEnough() + NEW_EVENT_MICROS;
            return old ? OpenFlows.withBeginning(event, begun) : null;
        }
        if (ended.contains(ExistingFlows.key(event), event.timestamp())) {
            return null;
        }
        if (ended.completeSince() > seen.time() - EVENT_DELAY_MICROS) {
            failures.add("progress", new IllegalStateException("more flows ended than are remembered"));
            return null;
        }
        return new AttributedFlow(event, null, Owner.unknown(Unattributed.BEGINNING_UNKNOWN), null);
    }
}
