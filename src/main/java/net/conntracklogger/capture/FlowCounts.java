// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/** Counts of flows since the start. One thread counts; any thread may read. */
public final class FlowCounts {
    private final AtomicLong flows = new AtomicLong();
    private final AtomicLong newFlows = new AtomicLong();
    private final AtomicLong attributed = new AtomicLong();

    FlowCounts() {}

    void onEvent(FlowEvent event) {
        if (event.kind() != FlowEvent.Kind.END) {
            flows.incrementAndGet();
        }
        if (event.kind() == FlowEvent.Kind.NEW && event.namespace() == null) {
            newFlows.incrementAndGet();
        }
    }

    void onAttributed(AttributedFlow flow) {
        if (flow.owner().process() != null) {
            attributed.incrementAndGet();
        }
    }

    /** Returns how many flows were read, new and existing, of all protocols. */
    public long flows() {
        return flows.get();
    }

    /** Returns how many new flows of the host namespace were read. */
    public long newFlows() {
        return newFlows.get();
    }

    /** Returns how many flows were attributed to a process. */
    public long attributed() {
        return attributed.get();
    }
}
