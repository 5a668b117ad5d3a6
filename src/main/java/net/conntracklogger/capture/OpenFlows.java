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

/**
 * Flows that have not ended yet, so that the end of each has the owner of its beginning. Bounded in number, and in bytes of
 * heap: the oldest make room. One thread uses it, but for the counter.
 */
public final class OpenFlows {
    /** Of the maps' own entries. */
    private static final int ENTRY_WEIGHT = 96;

    private final Map<Long, AttributedFlow> flows = new LinkedHashMap<>();
    private final int most;
    private final long heapLimit;
    private long heap;
    private final AtomicLong forgotten = new AtomicLong();

    public OpenFlows(int most, long heapLimit) {
        this.most = most;
        this.heapLimit = heapLimit;
    }

    /**
     * Keeps a flow.
     *
     * @return those that had to make room for it
     */
    List<AttributedFlow> add(AttributedFlow flow) {
        List<AttributedFlow> removed = new ArrayList<>(0);
        // Another flow of this id: its end was lost, or one of the very rare pairs that share an id.
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
        forgotten.addAndGet(removed.size());
        return removed;
    }

    /** The end of a flow as it was read, with what is known of its beginning; then it is no longer kept. */
    AttributedFlow end(AttributedFlow end) {
        AttributedFlow begun = flows.get(end.event().id());
        if (begun == null || !begun.event().isOfFlow(end.event())) {
            return end;
        }
        flows.remove(end.event().id());
        heap -= retainedBytes(begun);
        return new AttributedFlow(
                end.event().withBeginning(begun.event()),
                begun.direction(),
                begun.owner(),
                begun.peer(),
                begun.names(),
                begun.passage());
    }

    /** The flow of this id; null where none is open. */
    AttributedFlow get(long id) {
        return flows.get(id);
    }

    /** The ids of those that are like that. */
    long[] ids(Predicate<AttributedFlow> like) {
        return flows.values().stream()
                .filter(like)
                .mapToLong(flow -> flow.event().id())
                .toArray();
    }

    /** Those that are left, the oldest first. */
    List<AttributedFlow> all() {
        return List.copyOf(flows.values());
    }

    /** How many were removed for want of room. Any thread may ask. */
    public long forgotten() {
        return forgotten.get();
    }

    private static long retainedBytes(AttributedFlow flow) {
        return (long) flow.retainedBytes() + ENTRY_WEIGHT;
    }
}
