// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackLookup;

/**
 * Ends that no event tells: of flows that began before the kernel was told to tell all ends ({@code nf_conntrack_events}),
 * and of those that were open when events were lost. At long intervals, and only while there are such flows, the kernel is
 * asked for each whether it still tracks it. One that it does not track has ended, if all events were read that were sent
 * until then and none told so. One thread uses it.
 */
public final class UnseenEnds implements Closeable {
    /** From the beginning of one look to that of the next, in nanoseconds. */
    public static final long INTERVAL = TimeUnit.MINUTES.toNanos(5);

    /** A flow can be gone before the event of its end is sent, by as long as the sender gets no CPU: ns. */
    private static final long EVENT_DELAY = 200_000_000;
    /** Bounds how long events have to wait meanwhile: to ask for one takes some 10 us. */
    private static final int FLOWS_A_TURN = 64;
    /** Bounds what is held back. */
    private static final int MOST_GONE = 1024;

    /** @param read how many events had been read when it was found to be gone */
    private record Gone(AttributedFlow flow, long found, long read) {}

    private final OpenFlows open;
    private final ConntrackLookup table;
    private final long interval;
    private final LastKnown known = new LastKnown();
    /** The ids of those to look at; those before {@code next} are asked for. */
    private long[] ids = {};

    private int next;
    private final Map<Long, Gone> gone = new LinkedHashMap<>();
    private boolean looking;
    private long due;
    /** Events read so far, flows that existed before included; and how many of them were passed on. */
    private long read;

    private long passed;
    /** How many have to be passed on until all flows are open whose end may be lost; negative where not known yet. */
    private long settled;

    /**
     * Asks nothing yet.
     *
     * @param table is closed with this
     * @param interval nanoseconds
     */
    public UnseenEnds(OpenFlows open, ConntrackLookup table, long interval) {
        this.open = open;
        this.table = table;
        this.interval = interval;
        this.due = System.nanoTime() + interval;
    }

    /** An event was read, or a flow that existed before. */
    void read(FlowEvent event) {
        read++;
        if (event.kind() == FlowEvent.Kind.END) {
            gone.remove(event.id());
        }
    }

    /**
     * What was read is passed on, in the same order.
     *
     * @return the end of the open flow in whose place it is; else null
     */
    AttributedFlow pass(AttributedFlow flow) {
        passed++;
        FlowEvent event = flow.event();
        AttributedFlow before = event.kind() == FlowEvent.Kind.NEW ? open.get(event.id()) : null;
        // The kernel makes ids of the tuple and the place in memory (nf_ct_get_id()): no two are there at once.
        return before != null && before.event().isOfFlow(event) ? end(before) : null;
    }

    /** How many events were lost since the last call. */
    void lost(long count) {
        known.lost(count);
        settled = count > 0 ? -1 : settled;
    }

    /** Whether there is more to be done soon. */
    boolean isLooking() {
        return looking;
    }

    /**
     * Looks at some, if it is time. To be called when all events were read.
     *
     * @param lastEmpty all events were read that the kernel had sent up to this {@link System#nanoTime()}
     * @return ends of open flows
     */
    List<AttributedFlow> look(long lastEmpty) throws LinuxException {
        if (settled < 0) {
            settled = read;
        }
        if (!looking && System.nanoTime() - due >= 0 && passed >= settled) {
            begin();
        }
        if (!looking) {
            return List.of();
        }
        ask();
        List<AttributedFlow> ended = confirm(lastEmpty);
        if (next == ids.length && gone.isEmpty()) {
            looking = false;
            ids = new long[0];
            known.finish();
        }
        return ended;
    }

    private void begin() {
        looking = true;
        due = System.nanoTime() + interval;
        boolean all = known.begin();
        ids = open.ids(flow -> all || flow.event().kind() == FlowEvent.Kind.EXISTING);
        next = 0;
    }

    private void ask() throws LinuxException {
        for (int i = 0; i < FLOWS_A_TURN && next < ids.length && gone.size() < MOST_GONE; i++) {
            AttributedFlow flow = open.get(ids[next++]);
            if (flow != null && table.isGone(flow.event())) {
                gone.put(flow.event().id(), new Gone(flow, System.nanoTime(), read));
            }
        }
    }

    private List<AttributedFlow> confirm(long lastEmpty) throws LinuxException {
        List<AttributedFlow> ended = new ArrayList<>(0);
        Iterator<Gone> oldest = gone.values().iterator();
        for (int i = 0; i < FLOWS_A_TURN && oldest.hasNext(); i++) {
            Gone first = oldest.next();
            if (lastEmpty - first.found < EVENT_DELAY || passed < first.read) {
                break;
            }
            oldest.remove();
            FlowEvent event = first.flow.event();
            // Asked for twice: one that is there can be overlooked while the kernel resizes its table.
            if (first.flow.equals(open.get(event.id())) && table.isGone(event)) {
                ended.add(end(first.flow));
            }
        }
        return ended;
    }

    private AttributedFlow end(AttributedFlow flow) {
        FlowEvent event = flow.event().ended(FlowEnd.unseen(known.age(flow)));
        return new AttributedFlow(event, flow.direction(), flow.owner(), flow.peer(), flow.names(), flow.passage());
    }

    @Override
    public void close() {
        table.close();
    }
}
