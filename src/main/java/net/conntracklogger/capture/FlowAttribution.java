// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import net.conntracklogger.attribution.Attributor;
import net.conntracklogger.attribution.PendingFlow;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.linux.LinuxException;

/**
 * Attributes and names flows, in the order of their events. A failure is counted and costs one flow its owner or its
 * names. An {@link OutOfMemoryError} ends the service, but a {@link StackOverflowError} does not: data of others, such as
 * deeply nested names, can cause one. Not thread-safe.
 */
public final class FlowAttribution {
    /** Kinds of work, under which failures are counted. */
    private static final String ATTRIBUTION = "attribution";

    private static final String NAMING = "destination names";
    private static final String SURVEY = "socket survey";
    private static final String PACKET_SOCKETS = "packet sockets";
    private static final String REFUSED = "refused flows";
    private static final String ADDRESSES = "local addresses";

    /** Maximum number of tuples of flows without a record. With more, no flow is looked up before its turn. */
    private static final int MOST_UNRECORDED = 1000;

    /**
     * @param pending null if the attribution could not begin
     * @param position where the event is kept
     */
    private record Waiting(FlowEvent event, PendingFlow pending, long position) {}

    private final Attributor attributor;
    private final FlowNaming naming;
    private final Failures failures;
    /** Whether all that flows have in common is known. No flow is attributed by addresses that may be wrong. */
    private boolean current = true;
    /** The flows that are not attributed yet, and those behind them. Each waits briefly, so there are never many. */
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    /** Number of flows that have begun since the addresses were updated. */
    private int begun;
    /** Tuples of flows that wait and have no record yet. May have more. */
    private final Set<FlowTuple> unrecorded = new HashSet<>();
    /** Where the event of the flow that was taken last is kept. */
    private long position;

    public FlowAttribution(Attributor attributor, FlowNaming naming, Failures failures) {
        this.attributor = attributor;
        this.naming = naming;
        this.failures = failures;
    }

    /** Surveys the sockets as {@link Attributor#survey} does. */
    void survey() {
        try {
            attributor.survey();
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(SURVEY, e);
        }
    }

    /** Returns the packet sockets to report as {@link Attributor#packetSockets} does. */
    List<PacketSocket> packetSockets() {
        try {
            return attributor.packetSockets();
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(PACKET_SOCKETS, e);
            return List.of();
        }
    }

    /** Returns the refused flows of {@link Attributor#refused}, with names. */
    List<AttributedFlow> refused() {
        try {
            List<AttributedFlow> flows = current ? attributor.refused() : List.of();
            return flows.isEmpty() ? flows : flows.stream().map(this::name).toList();
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(REFUSED, e);
            return List.of();
        }
    }

    /** Returns the number of refused flows that are lost as {@link Attributor#refusedLost} does. */
    long refusedLost() {
        try {
            return attributor.refusedLost();
        } catch (LinuxException | RuntimeException e) {
            failures.add(REFUSED, e);
            return 0;
        }
    }

    /** Follows changes of addresses as {@link Attributor#update} does. */
    void update() {
        begun = 0;
        try {
            attributor.update();
            current = true;
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            current = false;
            failures.add(ADDRESSES, e);
        }
    }

    /** Looks up the records of the flows that have begun as {@link Attributor#lookUpRecords} does. */
    void lookUpRecords() {
        try {
            attributor.lookUpRecords();
        } catch (RuntimeException | StackOverflowError e) {
            current = false;
            failures.add(ATTRIBUTION, e);
        }
    }

    /** Reports whether records show the owners of new flows as {@link Attributor#isComplete} does. */
    boolean isComplete() {
        return attributor.isComplete();
    }

    /**
     * Starts the attribution of a flow, with the times that {@link Attributor#begin} takes.
     *
     * @param position where the event is kept, which {@link #position} returns later
     */
    void begin(FlowEvent event, long notBefore, long around, long position) {
        PendingFlow pending = null;
        try {
            pending = current ? attributor.begin(event, notBefore, around) : null;
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(ATTRIBUTION, e);
        }
        waiting.add(new Waiting(event, pending, position));
        begun++;
    }

    /**
     * Looks up the records of flows that wait behind a flow without a record. These are the flows that have begun since
     * {@link #update}. A flow with the tuple of one without a record has to wait for its turn, because the record that it finds may
     * be of the other.
     */
    void lookAhead() {
        if (waiting.isEmpty()) {
            return;
        }
        Deque<Waiting> latest = new ArrayDeque<>();
        Iterator<Waiting> youngest = waiting.descendingIterator();
        for (int i = 0; i < begun && youngest.hasNext(); i++) {
            latest.push(youngest.next());
        }
        int place = waiting.size() - latest.size();
        for (Waiting flow : latest) {
            // The first of all has just been looked up.
            boolean recorded = place > 0 && mayLookAhead(flow.event) && isRecorded(flow.pending);
            place++;
            if (!recorded && unrecorded.size() < MOST_UNRECORDED) {
                unrecorded.add(flow.event.original());
                unrecorded.add(flow.event.translated());
            }
        }
    }

    private boolean mayLookAhead(FlowEvent event) {
        return unrecorded.size() < MOST_UNRECORDED
                && !unrecorded.contains(event.original())
                && !unrecorded.contains(event.translated());
    }

    private boolean isRecorded(PendingFlow flow) {
        try {
            return flow != null && current && attributor.lookUp(flow);
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(ATTRIBUTION, e);
            return false;
        }
    }

    /** Returns the number of flows that wait. */
    int size() {
        return waiting.size();
    }

    /** Takes the next flow, with owner and names. Returns null if none waits or its owner may still become known. */
    AttributedFlow next() {
        Waiting first = waiting.peek();
        AttributedFlow flow = first == null ? null : attribute(first);
        if (flow == null) {
            return null;
        }
        waiting.remove();
        if (waiting.isEmpty()) {
            unrecorded.clear();
        }
        position = first.position;
        return name(flow);
    }

    private AttributedFlow name(AttributedFlow flow) {
        try {
            return naming.name(flow);
        } catch (RuntimeException | StackOverflowError e) {
            failures.add(NAMING, e);
            return flow;
        }
    }

    /** Returns where the event of the flow that {@link #next} returned last is kept. */
    long position() {
        return position;
    }

    private AttributedFlow attribute(Waiting flow) {
        if (flow.pending == null || !current) {
            return AttributedFlow.failed(flow.event);
        }
        try {
            return attributor.attribute(flow.pending).orElse(null);
        } catch (LinuxException | RuntimeException | StackOverflowError e) {
            failures.add(ATTRIBUTION, e);
            return AttributedFlow.failed(flow.event);
        }
    }

    /** Frees what only existing flows need. Called when all of them are read. */
    void endExisting() {
        if (waiting.isEmpty()) {
            attributor.endExisting();
        }
    }
}
