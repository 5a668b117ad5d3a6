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
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A flow in the conntrack table of the kernel. The test decides which of its events are read and attributed, and when. */
@KernelTest
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

    private AttributedFlow readAndAttribute(FlowEvent event) {
        ends.onEvent(event);
        return attribute(event);
    }

    /** Returns the end to be logged before the event. */
    private AttributedFlow attribute(FlowEvent event) {
        AttributedFlow first = ends.onAttributed(attributed(event));
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

    /** Checks as if all events were read. */
    private List<AttributedFlow> check() throws IOException {
        return ends.check(System.nanoTime() + 10_000_000_000L);
    }

    /** Asserts that the flow has this end, with which it is no longer open. */
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

    @Nested
    class WithoutAnEvent {
        @Test
        void findsTheEndOfAnExistingFlow() throws Exception {
            readAndAttribute(existing());
            assertEquals(List.of(), check());
            delete();
            assertEnded(attributed(existing()), check());
            assertEquals(List.of(), check());
            assertFalse(ends.isChecking());
        }

        @Test
        void findsAnEndThatWasLost() throws Exception {
            readAndAttribute(begun);
            delete();
            ends.onLosses(1);
            assertEnded(attributed(begun), check());
            assertEquals(List.of(), check());
        }

        @Test
        void looksNothingUpIfNoEventWasLost() throws Exception {
            readAndAttribute(begun);
            delete();
            ends.onLosses(0);
            assertEquals(List.of(), check());
            assertFalse(ends.isChecking());
        }

        @Test
        void looksFlowsUpOnceAfterALoss() throws Exception {
            readAndAttribute(begun);
            ends.onLosses(1);
            assertEquals(List.of(), check());
            ends.onLosses(0);
            delete();
            assertEquals(List.of(), check());
            ends.onLosses(1);
            assertEnded(attributed(begun), check());
        }

        @Test
        void reportsNoEndOfAFlowThatIsNotAttributedYet() throws Exception {
            ends.onEvent(begun);
            ends.onLosses(1);
            delete();
            assertEquals(List.of(), check());
            attribute(begun);
            assertEnded(attributed(begun), check());
        }
    }

    @Nested
    class IfTheEventComesLate {
        @Test
        void waitsForAnEndThatWasSentButNotRead() throws Exception {
            readAndAttribute(existing());
            FlowEvent end = delete();
            assertEquals(List.of(), ends.check(System.nanoTime()));
            assertTrue(ends.isChecking());
            ends.onEvent(end);
            assertEquals(List.of(), check());
            attribute(end);
            assertEquals(List.of(), check());
            assertFalse(ends.isChecking());
        }

        @Test
        void waitsForAnEndThatWasReadButNotAttributed() throws Exception {
            readAndAttribute(existing());
            FlowEvent end = delete();
            ends.onEvent(end);
            assertEquals(List.of(), check());
            assertTrue(ends.isChecking());
            attribute(end);
            assertEquals(List.of(), check());
            assertFalse(ends.isChecking());
        }
    }

    @Nested
    class IfAnIdIsUsedAgain {
        @Test
        void reportsTheEndOfAFlowWhoseIdANewFlowOfTheSameTupleHas() throws Exception {
            readAndAttribute(existing());
            assertIsEndOf(attributed(existing()), readAndAttribute(begun));
        }

        @Test
        void reportsNoEndOfAFlowWhoseIdAnotherTupleHas() throws Exception {
            FlowEvent other = new FlowEvent(
                    FlowEvent.Kind.NEW, begun.id(), begun.reply(), begun.reply(), 0, 0, false, 0, null, null);
            readAndAttribute(begun);
            assertNull(readAndAttribute(other));
        }
    }
}
