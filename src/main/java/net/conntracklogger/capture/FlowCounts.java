// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;

/** Counts of flows since the start. One thread counts; any thread may read. */
public final class FlowCounts {
    private final AtomicLong flows = new AtomicLong();
    private final AtomicLong ends = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong progress = new AtomicLong();
    private final AtomicLong newFlows = new AtomicLong();
    private final AtomicLong excluded = new AtomicLong();
    private final AtomicLong aggregated = new AtomicLong();
    /** Flows with a process. The map has all sources and never changes. */
    private final Map<OwnerSource, AtomicLong> attributed = new EnumMap<>(OwnerSource.class);

    private final AtomicLong unattributed = new AtomicLong();
    private final AtomicLong ownersFound = new AtomicLong();
    /** New flows without a process. The map has all reasons and never changes. */
    private final Map<Unattributed, AtomicLong> ownersMissed = new EnumMap<>(Unattributed.class);

    /** Starts with zeros. */
    public FlowCounts() {
        for (OwnerSource source : OwnerSource.values()) {
            attributed.put(source, new AtomicLong());
        }
        for (Unattributed reason : Unattributed.values()) {
            ownersMissed.put(reason, new AtomicLong());
        }
    }

    void onEvent(FlowEvent event) {
        switch (event.kind()) {
            case NEW, EXISTING -> flows.incrementAndGet();
            case END -> ends.incrementAndGet();
            case REFUSED -> refused.incrementAndGet();
            case PROGRESS -> progress.incrementAndGet();
        }
        if (event.kind() == FlowEvent.Kind.NEW && event.namespace() == null) {
            newFlows.incrementAndGet();
        }
    }

    void onExcluded() {
        excluded.incrementAndGet();
    }

    void onAggregated() {
        aggregated.incrementAndGet();
    }

    void onAttributed(AttributedFlow flow) {
        if (flow.event().kind() == FlowEvent.Kind.NEW) {
            boolean found = flow.owner().process() != null;
            (found ? ownersFound : ownersMissed.get(flow.owner().reason())).incrementAndGet();
        }
        if (flow.owner().process() != null) {
            attributed.get(flow.owner().source()).incrementAndGet();
        } else if (flow.event().kind() != FlowEvent.Kind.END) {
            unattributed.incrementAndGet();
        }
    }

    /** Returns how many flows were read, new and existing, of all protocols. */
    public long flows() {
        return flows.get();
    }

    /** Returns how many events were read, ends, existing flows, refused flows and progress included. */
    public long received() {
        return flows.get() + ends.get() + refused.get() + progress.get();
    }

    /** Returns how many events are not logged, because the configuration excludes them. */
    public long excluded() {
        return excluded.get();
    }

    /** Returns how many events have no entry of their own, because a summary counts them. */
    public long aggregated() {
        return aggregated.get();
    }

    /** Returns how many new flows of the host namespace were read. */
    public long newFlows() {
        return newFlows.get();
    }

    /** Returns how many flows were attributed to a process. */
    public long attributed() {
        return attributed.values().stream().mapToLong(AtomicLong::get).sum();
    }

    /** Returns how many flows were attributed to a process, by source. */
    public Map<OwnerSource, Long> attributedBySource() {
        Map<OwnerSource, Long> counts = new EnumMap<>(OwnerSource.class);
        attributed.forEach((source, count) -> counts.put(source, count.get()));
        return counts;
    }

    /** Returns how many new flows have a process. */
    public long ownersFound() {
        return ownersFound.get();
    }

    /** Returns how many new flows lack a process that could be named, by reason. */
    public Map<Unattributed, Long> ownersMissed() {
        Map<Unattributed, Long> counts = new EnumMap<>(Unattributed.class);
        ownersMissed.forEach((reason, count) -> {
            if (reason.isMissed()) {
                counts.put(reason, count.get());
            }
        });
        return counts;
    }

    /** Returns how many new and existing flows have no process. */
    public long unattributed() {
        return unattributed.get();
    }
}
