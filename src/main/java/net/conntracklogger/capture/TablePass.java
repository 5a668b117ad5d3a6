// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackTable;

/**
 * One pass through the conntrack table: finds flows that are not logged yet. Holds each flow back until its NEW event, if
 * there is one, must have been read. Memory does not depend on the size of the table. Not thread-safe.
 */
final class TablePass implements Closeable {
    /**
     * Maximum time in nanoseconds from a flow's insertion into the table to its NEW event. Also the maximum from its
     * DESTROY event to its removal. On a busy machine the task that sends the event may get no CPU in between.
     */
    static final long EVENT_DELAY_NANOS = 200_000_000;
    /** Maximum number of flows that are held back. At about 500 bytes each they take 2 MiB. */
    private static final int MOST_HELD = 4096;
    /** Number of parts of the table to read in one turn. Each part has some 100 flows. Bounds how long events wait. */
    private static final int PARTS_A_TURN = 16;
    /** Number of flows to take in one turn. Bounds how long events wait: the attribution of a flow takes about 20 us. */
    private static final int FLOWS_A_TURN = 256;
    /**
     * Number of flows that are remembered when they were taken. The kernel repeats a hash chain from its beginning if
     * the flow at which the previous part ended is gone ({@code ctnetlink_dump_table()}).
     */
    static final int MOST_TAKEN = 16_384;
    /** Number of ended flows that are remembered. The kernel removes a flow from the table after the event of its end. */
    private static final int MOST_ENDED = 16_384;

    /** @param found when the flow was read from the table, {@link System#nanoTime} */
    private record Held(FlowEvent flow, long found) {}

    private final ConntrackTable table;
    private final Predicate<FlowEvent> unlogged;
    private final Map<Long, Held> held = new LinkedHashMap<>();
    private final RecentFlows taken = new RecentFlows(MOST_TAKEN, 0);
    private final RecentFlows ended = new RecentFlows(MOST_ENDED, 0);
    private boolean abandoned;
    private long malformedBefore;

    /**
     * Reads nothing yet.
     *
     * @param table is closed with this object
     * @param unlogged reports whether no NEW event of a flow was read so far
     */
    TablePass(ConntrackTable table, Predicate<FlowEvent> unlogged) {
        this.table = table;
        this.unlogged = unlogged;
    }

    /** Reports whether all flows were taken. */
    boolean isDone() {
        return isRead() && held.isEmpty();
    }

    private boolean isRead() {
        return abandoned || table.isRead();
    }

    /** Reads no more of the table. The flows that were read remain. */
    void abandon() {
        abandoned = true;
    }

    /**
     * Accounts for an event that was read. Its flow is not taken from the table any more.
     *
     * @return the flow as it was in the table, to be logged before the event, if the event is its end; else null
     */
    FlowEvent onEvent(long key, FlowEvent event) {
        Held flow = held.remove(key);
        if (event.kind() != FlowEvent.Kind.END) {
            return null;
        }
        ended.add(key, Long.MAX_VALUE);
        return flow == null ? null : flow.flow;
    }

    /** Reads the next parts of the table. */
    void readOn() throws LinuxException {
        for (int i = 0; i < PARTS_A_TURN && !isRead() && held.size() < MOST_HELD; i++) {
            List<FlowEvent> part = table.read();
            long now = System.nanoTime();
            for (FlowEvent flow : part) {
                long key = ExistingFlows.key(flow);
                long began = flow.timestamp();
                if (!taken.contains(key, began) && !ended.contains(key, began) && unlogged.test(flow)) {
                    held.putIfAbsent(key, new Held(flow, now));
                }
            }
        }
    }

    /**
     * Takes some of the flows for which no event can come any more.
     *
     * @param lastEmpty all events were read that the kernel had sent before this {@link System#nanoTime}
     */
    List<FlowEvent> take(long lastEmpty) {
        List<FlowEvent> flows = new ArrayList<>();
        Iterator<Map.Entry<Long, Held>> oldest = held.entrySet().iterator();
        while (flows.size() < FLOWS_A_TURN && oldest.hasNext()) {
            Map.Entry<Long, Held> next = oldest.next();
            if (lastEmpty - next.getValue().found < EVENT_DELAY_NANOS) {
                break;
            }
            flows.add(next.getValue().flow);
            taken.add(next.getKey(), Long.MAX_VALUE);
            oldest.remove();
        }
        return flows;
    }

    /** Returns how many flows in the table could not be decoded since the last call. */
    long malformed() {
        long newly = table.malformed() - malformedBefore;
        malformedBefore += newly;
        return newly;
    }

    @Override
    public void close() {
        table.close();
    }
}
