// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.netfilter.ConntrackLookup;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A flow in the kernel's own table, of which it is the test that says what is read and passed on, and when. */
@ExtendWith(InOwnNetwork.class)
class UnseenEndsIT {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final Owner OWNER = Owner.unknown(Unattributed.LATE);

    private final OpenFlows open = new OpenFlows(/* most= */ 10, /* heapLimit= */ 1 << 20);
    private long before;
    private DatagramChannel socket;
    private ConntrackSocket events;
    private TrackingTable tracking;
    private UnseenEnds ends;
    private FlowEvent begun;

    @BeforeEach
    void open() throws IOException {
        before = System.currentTimeMillis();
        events = ConntrackSocket.open(1 << 20, /* ends= */ true, Optional.empty());
        tracking = TrackingTable.add();
        ends = new UnseenEnds(open, ConntrackLookup.open(), /* interval= */ 0);
        socket = DatagramChannel.open();
        send(socket, at("127.0.0.1", 9));
        begun = event();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        ends.close();
        tracking.close();
        events.close();
    }

    private FlowEvent event() throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event");
        return event;
    }

    private FlowEvent delete() throws Exception {
        Child.run("conntrack", "-D", "-p", "udp");
        FlowEvent end = event();
        assertEquals(FlowEvent.Kind.END, end.kind());
        return end;
    }

    private static AttributedFlow attributed(FlowEvent event) {
        return new AttributedFlow(event, Direction.LOCAL, OWNER, OWNER);
    }

    private AttributedFlow read(FlowEvent event) {
        ends.read(event);
        return passOn(event);
    }

    /** Answers what goes before it. */
    private AttributedFlow passOn(FlowEvent event) {
        AttributedFlow first = ends.pass(attributed(event));
        if (event.kind() == FlowEvent.Kind.END) {
            open.end(attributed(event));
        } else {
            open.add(attributed(event));
        }
        return first;
    }

    private FlowEvent existing() {
        return new FlowEvent(
                FlowEvent.Kind.EXISTING, begun.id(), begun.original(), begun.reply(), 0, 0, false, 0, null, null);
    }

    /** All events were read. */
    private List<AttributedFlow> look() throws IOException {
        return ends.look(System.nanoTime() + 10_000_000_000L);
    }

    /** That this is its end, with which it is no longer open. */
    private void assertEnded(AttributedFlow flow, List<AttributedFlow> ended) {
        assertEquals(1, ended.size());
        assertIsEndOf(flow, ended.get(0));
        assertEquals(ended.get(0), open.end(ended.get(0)));
        assertNull(open.get(flow.event().id()));
    }

    private void assertIsEndOf(AttributedFlow flow, AttributedFlow end) {
        long unseen = end.event().end().unseen();
        FlowEvent event = flow.event().ended(FlowEnd.unseen(unseen));
        assertEquals(new AttributedFlow(event, flow.direction(), flow.owner(), flow.peer()), end);
        long most = System.currentTimeMillis() - before + 1;
        assertTrue(unseen >= 0 && unseen <= most * 1000, () -> unseen + " us in " + most + " ms");
    }

    // ----

    @Test
    void findsTheEndOfAFlowThatExistedBefore() throws Exception {
        read(existing());
        assertEquals(List.of(), look());
        delete();
        assertEnded(attributed(existing()), look());
        assertEquals(List.of(), look());
        assertFalse(ends.isLooking());
    }

    @Test
    void findsTheEndThatWasLost() throws Exception {
        read(begun);
        delete();
        ends.lost(1);
        assertEnded(attributed(begun), look());
        assertEquals(List.of(), look());
    }

    @Test
    void doesNotAskWhereNothingWasLost() throws Exception {
        read(begun);
        delete();
        ends.lost(0);
        assertEquals(List.of(), look());
        assertFalse(ends.isLooking());
    }

    /** What was open when events were lost is asked for once. */
    @Test
    void doesNotAskForEver() throws Exception {
        read(begun);
        ends.lost(1);
        assertEquals(List.of(), look());
        ends.lost(0);
        delete();
        assertEquals(List.of(), look());
        ends.lost(1);
        assertEnded(attributed(begun), look());
    }

    @Test
    void doesNotTellTheEndOfAFlowWhoseBeginningWaits() throws Exception {
        ends.read(begun);
        ends.lost(1);
        delete();
        assertEquals(List.of(), look());
        passOn(begun);
        assertEnded(attributed(begun), look());
    }

    // ---- ends that an event tells after all

    @Test
    void waitsForEventsThatMayBeOnTheirWay() throws Exception {
        read(existing());
        FlowEvent end = delete();
        assertEquals(List.of(), ends.look(System.nanoTime()));
        assertTrue(ends.isLooking());
        ends.read(end);
        assertEquals(List.of(), look());
        passOn(end);
        assertEquals(List.of(), look());
        assertFalse(ends.isLooking());
    }

    @Test
    void waitsForAnEndThatWasReadAndNotPassedOn() throws Exception {
        read(existing());
        FlowEvent end = delete();
        ends.read(end);
        assertEquals(List.of(), look());
        assertTrue(ends.isLooking());
        passOn(end);
        assertEquals(List.of(), look());
        assertFalse(ends.isLooking());
    }

    // ---- another in its place

    @Test
    void tellsTheEndOfAFlowInWhosePlaceAnotherBegins() throws Exception {
        read(existing());
        assertIsEndOf(attributed(existing()), read(begun));
    }

    @Test
    void tellsNothingOfAFlowWhoseIdAnotherHas() throws Exception {
        FlowEvent other =
                new FlowEvent(FlowEvent.Kind.NEW, begun.id(), begun.reply(), begun.reply(), 0, 0, false, 0, null, null);
        read(begun);
        assertNull(read(other));
    }
}
