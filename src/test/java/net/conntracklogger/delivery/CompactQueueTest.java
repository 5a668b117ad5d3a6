// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Scrutiny;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;

class CompactQueueTest {
    private static final Owner CURL = Flows.outbound().owner();
    private static final Owner NOBODY = Owner.unknown(Unattributed.PROCESS_GONE);
    private static final FlowTuple V4 = tuple("192.0.2.1", "255.255.255.255", Protocol.UDP, 65_535, 1);
    private static final FlowTuple V6 =
            tuple("2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Protocol.TCP, 0, 65_535);

    private final CompactQueue queue = new CompactQueue();

    private static FlowTuple tuple(String from, String to, Protocol protocol, int sport, int dport) {
        return new FlowTuple(
                address(from), address(to), protocol, new Layer4.Ports(/* source= */ sport, /* destination= */ dport));
    }

    private static FlowEvent event(FlowTuple tuple, long id, long mark, boolean midstream) {
        return event(tuple, tuple.reversed(), id, mark, 0, midstream);
    }

    private static FlowEvent event(FlowTuple tuple, FlowTuple reply, long id, long mark, int zone, boolean midstream) {
        return new FlowEvent(
                FlowEvent.Kind.NEW,
                id,
                tuple,
                reply,
                mark,
                zone,
                midstream,
                1_795_392_000_000_000L,
                /* end= */ null,
                /* namespace= */ null);
    }

    private static AttributedFlow flow(FlowEvent event) {
        return new AttributedFlow(event, Direction.OUTBOUND, CURL, null);
    }

    /** Each differs from a usual flow in one thing, or is usual at the limits of its fields. */
    private static List<Observation> observations() {
        FlowEvent usual = event(V4, 0xffff_ffffL, 0, false);
        FlowTuple ping = new FlowTuple(V4.source(), V4.destination(), Protocol.ICMP, new Layer4.Icmp(8, 0, 7));
        FlowTuple natted = tuple("198.51.100.1", "192.0.2.1", Protocol.UDP, 1, 65_535);
        List<Observation> all = new ArrayList<>(List.of(
                flow(usual),
                flow(event(V6, 0, 0xffff_ffffL, true)),
                flow(event(tuple("2001:db8::2", "::", Protocol.UDPLITE, 1, 2), 1, 1, false)),
                flow(event(ping, 5, 0, false)),
                flow(event(V4, natted, 1, 0, 0, false)),
                flow(event(V4, V4.reversed(), 1, 0, 7, false)),
                flow(usual.in(new NetworkNamespace(3, "blue", 4))),
                flow(usual.ended(new FlowEnd(1, 2, 3, 4, 5))),
                flow(usual).withNames(List.of(new DestinationName(RawText.of("example.org"), 7))),
                new AttributedFlow(usual, Direction.LOCAL, CURL, NOBODY),
                new AttributedFlow(usual, null, NOBODY, null),
                new Notice(Notice.Kind.TRACKING_ACTIVE, "text")));
        all.add(flow(usual).withScrutiny(new Scrutiny("bad", false)));
        all.add(flow(usual).withScrutiny(new Scrutiny(null, true)));
        all.add(flow(usual).withPassage(new Passage("eth0", true)));
        all.add(flow(usual).withPassage(new Passage("eth0", false)));
        for (Direction direction : Direction.values()) {
            all.add(new AttributedFlow(usual, direction, CURL, null));
        }
        return all;
    }

    @Test
    void returnsWhatItTook() {
        List<Observation> all = observations();
        all.forEach(queue::add);
        assertEquals(all.size(), queue.size());
        for (Observation expected : all) {
            assertEquals(expected, queue.poll());
        }
        assertNull(queue.poll());
        assertEquals(0, queue.bytes());
    }

    @Test
    void sharesOwners() {
        queue.add(flow(event(V4, 1, 0, false)));
        queue.add(flow(event(V4, 2, 0, false)));
        assertSame(CURL, ((AttributedFlow) queue.poll()).owner());
        assertSame(CURL, ((AttributedFlow) queue.poll()).owner());
    }

    @Test
    void takes68BytesForAFlowOfTheSameOwner() {
        queue.add(flow(event(V4, 1, 0, false)));
        long one = queue.bytes();
        assertTrue(one > 68);
        for (int i = 0; i < 10_000; i++) {
            AttributedFlow next = flow(event(V4, i, 0, false));
            assertEquals(68, queue.bytesOf(next));
            queue.add(next);
        }
        assertEquals(one + 680_000, queue.bytes());
    }

    /** Around the borders of chunks, empty and not. */
    @Test
    void keepsTheOrder() {
        Random random = new Random(7);
        Deque<Observation> model = new ArrayDeque<>();
        List<Observation> all = observations();
        for (int round = 0; round < 100; round++) {
            for (int adds = random.nextInt(3000); adds > 0; adds--) {
                Observation next = all.get(random.nextInt(all.size()));
                model.add(next);
                long expected = queue.bytes() + queue.bytesOf(next);
                queue.add(next);
                assertEquals(expected, queue.bytes());
            }
            for (int polls = random.nextInt(round % 10 == 0 ? 100_000 : 3000); polls > 0; polls--) {
                assertEquals(model.poll(), queue.poll());
            }
            assertEquals(model.size(), queue.size());
        }
        while (!model.isEmpty()) {
            assertEquals(model.poll(), queue.poll());
        }
        assertEquals(0, queue.bytes());
    }
}
