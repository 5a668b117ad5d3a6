// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackLookup;

/**
 * Finds ends that no event reports. These belong to flows that began before {@code nf_conntrack_events} was set to 1,
 * and to flows that were open when events were lost. At long intervals, and only while there are such flows, a check
 * looks each up in the conntrack table. A flow that is not in the table has ended, if all events that were sent until
 * then are read and none is its end. Not thread-safe.
 */
public final class UnseenEnds implements Closeable {
    /** Interval from the beginning of one check to the beginning of the next, in nanoseconds. */
    public static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(5);

    /**
     * Maximum time from a flow's removal from the table to its DESTROY event, in nanoseconds. The task that sends the
     * event may get no CPU in between.
     */
    private static final long EVENT_DELAY_NANOS = 200_000_000;
    /** Number of flows to look up in one turn. Bounds how long events wait: a lookup takes about 10 us. */
    private static final int FLOWS_A_TURN = 64;
    /** Maximum number of flows that are held back. */
    private static final int MOST_GONE = 1024;

    /**
     * A flow that is not in the table.
     *
     * @param found when it was looked up, {@link System#nanoTime}
     * @param read how many events had been read then
     */
    private record Gone(AttributedFlow flow, long found, long read) {}

    private final OpenFlows open;
    private final ConntrackLookup table;
    private final long interval;
    private final LastKnown known = new LastKnown(EpochMicros::now);
    /** The ids of the flows to check. Those before {@code next} were looked up. */
    private long[] ids = {};

    private int next;
    private final Map<Long, Gone> gone = new LinkedHashMap<>();
    private boolean checking;
    private long due;
    /** Number of events read, existing flows included, and number of these that were attributed. */
    private long read;

    private long attributed;
    /** Number of attributed flows at which all flows whose end may be lost are open. Negative if unknown yet. */
    private long settled;

    /**
     * Looks nothing up yet.
     *
     * @param table is closed with this object
     * @param interval from the beginning of one check to the beginning of the next, in nanoseconds
     */
    public UnseenEnds(OpenFlows open, ConntrackLookup table, long interval) {
        this.open = open;
        this.table = table;
        this.interval = interval;
        this.due = System.nanoTime() + interval;
    }

    /** Accounts for an event, or an existing flow, that was read. */
    void onEvent(FlowEvent event) {
        read++;
        if (event.kind() == FlowEvent.Kind.END) {
            gone.remove(event.id());
        }
    }

    /**
     * Accounts for a flow that was attributed. Flows are attributed in the order in which they were read.
     *
     * @return the end of the open flow whose place in the table this flow took; null if there is none
     */
    AttributedFlow onAttributed(AttributedFlow flow) {
        attributed++;
        FlowEvent event = flow.event();
        AttributedFlow before = event.kind() == FlowEvent.Kind.NEW ? open.get(event.id()) : null;
        // nf_ct_get_id() computes the id from the tuple and the address in memory, so two flows that exist at once have
        // different ids.
        return before != null && before.event().isOfFlow(event) ? end(before) : null;
    }

    /** Accounts for the events that were lost since the last call. */
    void onLosses(long count) {
        known.onLosses(count);
        settled = count > 0 ? -1 : settled;
    }

    /** Reports whether a check is under way, so that {@link #check} has more to do soon. */
    boolean isChecking() {
        return checking;
    }

    /**
     * Begins a check if it is time. Looks up some flows of the current check. Called when all events were read.
     *
     * @param lastEmpty all events were read that the kernel had sent before this {@link System#nanoTime}
     * @param failures counts a lookup that fails; the end of its flow stays unseen until the next check
     * @return ends of open flows
     */
    List<AttributedFlow> check(long lastEmpty, Failures failures) {
        try {
            return check(lastEmpty);
        } catch (LinuxException | RuntimeException e) {
            failures.add("unseen ends", e);
            return List.of();
        }
    }

    List<AttributedFlow> check(long lastEmpty) throws LinuxException {
        if (settled < 0) {
            settled = read;
        }
        if (!checking && System.nanoTime() - due >= 0 && attributed >= settled) {
            begin();
        }
        if (!checking) {
            return List.of();
        }
        lookUpSome();
        List<AttributedFlow> ended = confirmSome(lastEmpty);
        if (next == ids.length && gone.isEmpty()) {
            checking = false;
            ids = new long[0];
            known.endCheck();
        }
        return ended;
    }

    private void begin() {
        checking = true;
        due = System.nanoTime() + interval;
        boolean all = known.beginCheck();
        ids = open.ids(flow -> all || flow.event().kind() == FlowEvent.Kind.EXISTING);
        next = 0;
    }

    private void lookUpSome() throws LinuxException {
        for (int i = 0; i < FLOWS_A_TURN && next < ids.length && gone.size() < MOST_GONE; i++) {
            AttributedFlow flow = open.get(ids[next++]);
            if (flow != null && table.isGone(flow.event())) {
                gone.put(flow.event().id(), new Gone(flow, System.nanoTime(), read));
            }
        }
    }

    private List<AttributedFlow> confirmSome(long lastEmpty) throws LinuxException {
        List<AttributedFlow> ended = new ArrayList<>(0);
        Iterator<Gone> oldest = gone.values().iterator();
        for (int i = 0; i < FLOWS_A_TURN && oldest.hasNext(); i++) {
            Gone first = oldest.next();
            if (lastEmpty - first.found < EVENT_DELAY_NANOS || attributed < first.read) {
                break;
            }
            oldest.remove();
            FlowEvent event = first.flow.event();
            // Looks the flow up again, because a lookup may miss it while the kernel resizes its table.
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
