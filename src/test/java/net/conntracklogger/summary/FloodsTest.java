// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FloodsTest {
    private static final int RATE = 50;
    private static final String JUNK = "junk.service";

    private final SummaryBed bed = new SummaryBed(100_000);
    private final Floods floods = new Floods(bed.queue, SummaryBed.random(), bed.now);
    private long whole;

    /** Makes flows for some seconds. */
    private void seconds(int seconds, int count) {
        for (int i = 0; i < seconds; i++) {
            for (int j = 0; j < count; j++) {
                whole += take(bed.outbound(JUNK, "192.0.2.2", 80)) ? 0 : 1;
            }
            bed.now += SummaryBed.SECOND;
            floods.check(bed.now, RATE, /* lag= */ 0);
        }
    }

    private boolean take(AttributedFlow flow) {
        return floods.take(flow, /* asEnd= */ false);
    }

    private void begin() {
        seconds(11, RATE + 1);
        assertEquals(1, bed.notices().size());
    }

    private long summarised() {
        return bed.summaries().stream().mapToLong(FlowSummary::count).sum();
    }

    @Test
    void countsEachFlowOnce() {
        seconds(40, RATE + 1);
        seconds(15, 1);
        assertEquals(40 * (RATE + 1) + 15, whole + summarised());
        assertTrue(summarised() > 25 * RATE);
    }

    @Test
    void warnsOfTheBeginAndTheEnd() {
        begin();
        seconds(10, 1);
        assertEquals(
                Set.of(Notice.Kind.FLOOD_BEGAN, Notice.Kind.FLOOD_ENDED),
                new TreeSet<>(bed.notices().stream().map(Notice::kind).toList()));
        assertEquals(
                "flood of flows: unit junk.service, more than 50 flows a second for 10 s; only the first to each address"
                        + " and port have entries, and summaries count the others; find out what makes them, or raise"
                        + " FloodRate=",
                bed.notices().get(0).text());
        assertEquals(
                "flood of flows: unit junk.service, ended after 10 s; summaries count 9 flows",
                bed.notices().get(1).text());
        assertFalse(take(bed.outbound(JUNK, "192.0.2.2", 80)));
    }

    @Test
    void findsNoneAtAnOrdinaryRate() {
        seconds(100, RATE);
        assertEquals(100 * RATE, whole);
        assertEquals(0, bed.notices().size());
    }

    @Nested
    class WhileAFloodGoesOn {
        @Test
        void flowsOfOthersStayWhole() {
            begin();
            for (int i = 0; i < 100; i++) {
                assertFalse(take(bed.outbound("other.service", "192.0.2.2", 80)));
            }
        }

        @Test
        void theFirstFlowToEachAddressAndPortStaysWhole() {
            begin();
            assertFalse(take(bed.outbound(JUNK, "192.0.2.2", 80)));
            assertFalse(take(bed.outbound(JUNK, "192.0.2.2", 81)));
            assertFalse(take(bed.outbound(JUNK, "192.0.2.3", 80)));
            assertTrue(take(bed.outbound(JUNK, "192.0.2.3", 80)));
        }

        @Test
        void theEndOfTheFirstFlowStaysWholeToo() {
            begin();
            AttributedFlow first = bed.outbound(JUNK, "192.0.2.9", 80);
            AttributedFlow second = bed.outbound(JUNK, "192.0.2.9", 80);
            assertFalse(take(first));
            assertTrue(take(second));
            assertFalse(floods.take(SummaryBed.end(first), /* asEnd= */ true));
            assertTrue(floods.take(SummaryBed.end(second), /* asEnd= */ true));
        }

        @Test
        void onlyFlowsWithoutAnEntryAreHidden() {
            AttributedFlow before = bed.outbound(JUNK, "192.0.2.8", 80);
            begin();
            AttributedFlow first = bed.outbound(JUNK, "192.0.2.9", 80);
            AttributedFlow second = bed.outbound(JUNK, "192.0.2.9", 80);
            take(first);
            take(second);
            assertFalse(floods.hides(before));
            assertFalse(
                    take(bed.outbound(JUNK, "192.0.2.8", 80)),
                    "it is the first in the flood although asked for before");
            assertFalse(floods.hides(first));
            assertTrue(floods.hides(second));
            assertFalse(floods.hides(bed.outbound("other.service", "192.0.2.9", 80)));
        }

        @Test
        void aFlowBeyondTheBoundIsCounted() {
            begin();
            int stayed = 0;
            for (int i = 0; i < HashedSet.MOST + 1000; i++) {
                stayed += take(bed.outbound(JUNK, "10.0." + i / 256 + "." + i % 256, 80)) ? 0 : 1;
            }
            assertEquals(HashedSet.MOST, stayed);
        }

        @Test
        void aSummaryHasWhatTheFlowsShare() {
            begin();
            seconds(1, 1);
            bed.drain();
            bed.queued.clear();
            take(bed.flow(JUNK, 1, Flows.tcp("192.0.2.1", 1, "192.0.2.2", 80), Direction.OUTBOUND));
            take(bed.flow(JUNK, 2, Flows.tcp("192.0.2.1", 2, "192.0.2.2", 80), Direction.OUTBOUND));
            take(bed.outbound(JUNK, "192.0.2.7", 443));
            take(bed.outbound(JUNK, "192.0.2.7", 443));
            seconds(10, 0);
            FlowSummary summary = bed.summaries().get(0);
            assertEquals(3, summary.count());
            assertEquals(2, summary.destinations());
            assertEquals(2, summary.ports());
            assertEquals("192.0.2.1", summary.common().source().toString());
            assertNull(summary.common().destination());
            assertNull(summary.common().owner().process());
            assertEquals(JUNK, summary.common().owner().cgroup().service());
            assertEquals("/usr/bin/curl", summary.common().exe().toString());
        }

        @Test
        void aSummaryThatDoesNotFitTheQueueCountsOn() {
            begin();
            bed.drain();
            AttributedFlow filler = bed.outbound("other.service", "192.0.2.2", 80);
            while (bed.queue.offer(filler)) {}
            seconds(20, 10);
            bed.drain();
            bed.queued.clear();
            seconds(10, 10);
            assertEquals(300 - 1, summarised() + summarisedLater());
        }

        private long summarisedLater() {
            bed.queued.clear();
            assertTrue(floods.finish());
            return summarised();
        }
    }

    @Nested
    class IfTheQueueFills {
        private final SummaryBed small = new SummaryBed(100);
        private final Floods few = new Floods(small.queue, SummaryBed.random(), small.now);

        @Test
        void summarisesWhoFilledIt() {
            for (int i = 0; i < 100; i++) {
                AttributedFlow flow = small.outbound(JUNK, "192.0.2.2", 80);
                if (!few.take(flow, /* asEnd= */ false)) {
                    assertTrue(small.queue.offer(flow), "flow " + i);
                }
                few.check(small.now, RATE, /* lag= */ 0);
            }
            assertTrue(small.queue.size() < 80);
            assertEquals(
                    "flood of flows: unit junk.service, more than a third of a queue that is three quarters full",
                    small.notices().get(0).text().split(";")[0]);
        }

        @Test
        void summarisesWhoMakesEventsThatAreReadTooLate() {
            for (int i = 0; i <= 2 * RATE + 1; i++) {
                assertFalse(take(bed.outbound(JUNK, "192.0.2.2", 80)), "flow " + i);
                floods.check(bed.now, RATE, 4 * SummaryBed.SECOND);
            }
            assertFalse(take(bed.outbound(JUNK, "192.0.2.2", 80)), "the first of the flood");
            assertTrue(take(bed.outbound(JUNK, "192.0.2.2", 80)));
        }

        @Test
        void doesNothingIfFloodsAreOff() {
            for (int i = 0; i < 100; i++) {
                AttributedFlow flow = small.outbound(JUNK, "192.0.2.2", 80);
                few.check(small.now, 0, /* lag= */ 0);
                assertFalse(few.take(flow, /* asEnd= */ false));
                small.queue.offer(flow);
            }
            assertEquals(0, small.notices().size());
        }
    }
}
