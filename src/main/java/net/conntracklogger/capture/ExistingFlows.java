// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackTable;

/**
 * The flows that are in the kernel's table when events begin to be read: each once, and none of which an event tells that
 * it is new. A flow found in the table is held back until the event of its beginning would have been read. One thread uses
 * it.
 */
public final class ExistingFlows implements Closeable {
    /** A flow is in the table before its event is sent, on a busy machine by as long as the sender gets no CPU: ns. */
    private static final long EVENT_DELAY = 200_000_000;
    /** Bounds what is held back. */
    private static final int MOST_HELD = 16_384;
    /** Bounds how long events have to wait meanwhile. */
    private static final int PARTS_A_TURN = 16;

    private static final int FLOWS_A_TURN = 64;

    private record Held(FlowEvent flow, long found) {}

    private final ConntrackTable table;
    private final Map<Long, Held> held = new LinkedHashMap<>();
    /** Those that were found in the table or in an event. */
    private final Set<Long> met = new HashSet<>();

    private boolean read;
    private long malformedReported;

    public ExistingFlows(ConntrackTable table) {
        this.table = table;
    }

    /** Whether all are taken. */
    boolean isDone() {
        return read && held.isEmpty();
    }

    /**
     * An event was read.
     *
     * @return the flow of which it tells the end, if that is held back: then it goes first; else null
     */
    FlowEvent meet(FlowEvent event) {
        Long key = key(event);
        met.add(key);
        Held flow = held.remove(key);
        return flow != null && event.kind() == FlowEvent.Kind.END ? flow.flow : null;
    }

    /** Reads on in the table. */
    void readOn() throws LinuxException {
        for (int i = 0; i < PARTS_A_TURN && !read && held.size() < MOST_HELD; i++) {
            List<FlowEvent> part = table.read();
            long now = System.nanoTime();
            for (FlowEvent flow : part) {
                Long key = key(flow);
                if (met.add(key)) {
                    held.put(key, new Held(flow, now));
                }
            }
            read = part.isEmpty();
        }
    }

    /**
     * Some of those that are certain to have begun before.
     *
     * @param lastEmpty all events were read that the kernel had sent up to this {@link System#nanoTime()}
     */
    List<FlowEvent> take(long lastEmpty) {
        List<FlowEvent> flows = new ArrayList<>();
        Iterator<Held> oldest = held.values().iterator();
        while (flows.size() < FLOWS_A_TURN && oldest.hasNext()) {
            Held next = oldest.next();
            if (lastEmpty - next.found < EVENT_DELAY) {
                break;
            }
            flows.add(next.flow);
            oldest.remove();
        }
        return flows;
    }

    /** Flows since the last call that could not be decoded. */
    long malformed() {
        long news = table.malformed() - malformedReported;
        malformedReported += news;
        return news;
    }

    /** Ids have 32 bits, too few for a large table; where these match as well it is the same flow. */
    private static Long key(FlowEvent flow) {
        return flow.id() << 32 | Integer.toUnsignedLong(flow.original().hashCode());
    }

    @Override
    public void close() {
        table.close();
        held.clear();
        met.clear();
    }
}
