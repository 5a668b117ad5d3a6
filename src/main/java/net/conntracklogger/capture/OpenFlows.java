// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/**
 * The flows that have not ended yet. They give each end, and progress, the owner of the beginning. Bounded in number and in
 * bytes of heap: the oldest are evicted. Not thread-safe, except for {@link #evicted}.
 */
public final class OpenFlows {
    /** Bytes of heap that an entry of the map takes besides the flow. */
    private static final int ENTRY_BYTES = 96;

    private final Map<Long, AttributedFlow> flows = new LinkedHashMap<>();
    private final int most;
    private final long heapLimit;
    private long heap;
    private final AtomicLong evicted = new AtomicLong();

    /**
     * Creates an empty set.
     *
     * @param most maximum number of flows
     * @param heapLimit maximum number of bytes of heap that the flows take
     */
    public OpenFlows(int most, long heapLimit) {
        this.most = most;
        this.heapLimit = heapLimit;
    }

    /**
     * Adds a flow.
     *
     * @return the flows that were evicted to make room
     */
    List<AttributedFlow> add(AttributedFlow flow) {
        List<AttributedFlow> removed = new ArrayList<>(0);
        // An earlier flow has this id if its end was lost or, very rarely, if two flows share an id.
        AttributedFlow same = flows.put(flow.event().id(), flow);
        heap += retainedBytes(flow);
        if (same != null) {
            heap -= retainedBytes(same);
            removed.add(same);
        }
        Iterator<AttributedFlow> oldest = flows.values().iterator();
        while (flows.size() > most || heap > heapLimit) {
            AttributedFlow first = oldest.next();
            oldest.remove();
            heap -= retainedBytes(first);
            removed.add(first);
        }
        evicted.addAndGet(removed.size());
        return removed;
    }

    /**
     * Removes the flow that an end belongs to. Returns the end with the facts of the beginning, or unchanged if the
     * beginning is unknown.
     */
    AttributedFlow end(AttributedFlow end) {
        AttributedFlow begun = flows.get(end.event().id());
        if (begun == null || !begun.event().isOfFlow(end.event())) {
            return end;
        }
        flows.remove(end.event().id());
        heap -= retainedBytes(begun);
        return withBeginning(end.event(), begun);
    }

    /** Returns an event with the facts of the beginning of its flow. */
    static AttributedFlow withBeginning(FlowEvent event, AttributedFlow begun) {
        return new AttributedFlow(
                event.withBeginning(begun.event()),
                begun.direction(),
                begun.owner(),
                begun.peer(),
                begun.names(),
                begun.passage());
    }

    /** Returns the flow of this id; null if none is open. */
    AttributedFlow get(long id) {
        return flows.get(id);
    }

    /** Returns the ids of the flows that match. */
    long[] ids(Predicate<AttributedFlow> matches) {
        return flows.values().stream()
                .filter(matches)
                .mapToLong(flow -> flow.event().id())
                .toArray();
    }

    /** Returns all flows, the oldest first. */
    List<AttributedFlow> all() {
        return List.copyOf(flows.values());
    }

    /** Returns how many flows were evicted since the start. Thread-safe. */
    public long evicted() {
        return evicted.get();
    }

    private static long retainedBytes(AttributedFlow flow) {
        return (long) flow.retainedBytes() + ENTRY_BYTES;
    }
}
