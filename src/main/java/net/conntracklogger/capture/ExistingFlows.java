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
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackTable;

/**
 * The flows already in the conntrack table at start. Yields each flow once, and no flow for which a NEW event arrives.
 * Holds each flow back until its NEW event, if there is one, must have been read. Not thread-safe.
 */
public final class ExistingFlows implements Closeable {
    /**
     * Maximum time from the insertion of a flow into the table to its NEW event, in nanoseconds. On a busy machine the
     * task that sends the event may get no CPU in between.
     */
    private static final long EVENT_DELAY_NANOS = 200_000_000;
    /** Maximum number of flows that are held back. */
    private static final int MOST_HELD = 16_384;
    /** Number of parts of the table to read in one turn. Bounds how long events wait. */
    private static final int PARTS_A_TURN = 16;

    private static final int FLOWS_A_TURN = 64;

    /** @param found when the flow was read from the table, {@link System#nanoTime} */
    private record Held(FlowEvent flow, long found) {}

    private final ConntrackTable table;
    private final Map<Long, Held> held = new LinkedHashMap<>();
    /** Keys of the flows that were in the table or in an event. */
    private final Set<Long> seen = new HashSet<>();

    private boolean read;
    private long malformedBefore;

    /** Reads nothing yet. Closes {@code table} when it is closed. */
    public ExistingFlows(ConntrackTable table) {
        this.table = table;
    }

    /** Reports whether all flows were taken. */
    boolean isDone() {
        return read && held.isEmpty();
    }

    /**
     * Accounts for an event that was read: its flow is not taken from the table any more.
     *
     * @return the flow as it was in the table, to be logged before the event, if the event is its end; else null
     */
    FlowEvent onEvent(FlowEvent event) {
        Long key = key(event);
        seen.add(key);
        Held flow = held.remove(key);
        return flow != null && event.kind() == FlowEvent.Kind.END ? flow.flow : null;
    }

    /** Reads the next parts of the table. If that fails, counts the failure and reads no more of it. */
    void readOn(Failures failures) {
        try {
            readParts();
        } catch (LinuxException | RuntimeException e) {
            failures.add("existing flows", e);
            read = true;
        }
    }

    private void readParts() throws LinuxException {
        for (int i = 0; i < PARTS_A_TURN && !read && held.size() < MOST_HELD; i++) {
            List<FlowEvent> part = table.read();
            long now = System.nanoTime();
            for (FlowEvent flow : part) {
                Long key = key(flow);
                if (seen.add(key)) {
                    held.put(key, new Held(flow, now));
                }
            }
            read = part.isEmpty();
        }
    }

    /**
     * Takes some of the flows that certainly existed at start.
     *
     * @param lastEmpty all events were read that the kernel had sent before this {@link System#nanoTime}
     */
    List<FlowEvent> take(long lastEmpty) {
        List<FlowEvent> flows = new ArrayList<>();
        Iterator<Held> oldest = held.values().iterator();
        while (flows.size() < FLOWS_A_TURN && oldest.hasNext()) {
            Held next = oldest.next();
            if (lastEmpty - next.found < EVENT_DELAY_NANOS) {
                break;
            }
            flows.add(next.flow);
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

    /** Returns a key of a flow. An id has 32 bits, too few for a large table; with the hash of the tuple it is unique. */
    private static Long key(FlowEvent flow) {
        return flow.id() << 32 | Integer.toUnsignedLong(flow.original().hashCode());
    }

    @Override
    public void close() {
        table.close();
        held.clear();
        seen.clear();
    }
}
