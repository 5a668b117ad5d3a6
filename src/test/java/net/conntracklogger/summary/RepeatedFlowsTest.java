// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import static net.conntracklogger.summary.SummaryBed.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;

class RepeatedFlowsTest {
    private static final long TIME = 60 * SECOND;

    private final SummaryBed bed = new SummaryBed(10);
    private final RepeatedFlows repeated = new RepeatedFlows();
    private final List<FlowSummary> summaries = new ArrayList<>();

    private boolean take(AttributedFlow flow) {
        return repeated.take(flow, /* asEnd= */ false, bed.now, TIME);
    }

    private boolean takeEnd(AttributedFlow flow) {
        return repeated.take(SummaryBed.end(flow), /* asEnd= */ true, bed.now, TIME);
    }

    private void passOn(long later) {
        bed.now += later;
        repeated.passOn(bed.now, /* all= */ false, summaries::add);
    }

    @Test
    void countTheFlowsAfterTheFirst() {
        AttributedFlow first = bed.outbound("a.service", "192.0.2.2", 80);
        AttributedFlow second = bed.outbound("a.service", "192.0.2.2", 80);
        AttributedFlow third = bed.outbound("a.service", "192.0.2.2", 80);
        assertFalse(take(first));
        assertTrue(take(second));
        assertTrue(take(third));
        passOn(TIME - 1);
        assertEquals(List.of(), summaries);
        passOn(1);
        assertEquals(1, summaries.size());
        assertEquals(2, summaries.get(0).count());
        assertEquals(second.event().timestamp(), summaries.get(0).first());
        assertEquals(third.event().timestamp(), summaries.get(0).last());
        assertEquals(1, summaries.get(0).common().owner().process().pid());
        assertFalse(take(bed.outbound("a.service", "192.0.2.2", 80)), "the time is over");
    }

    @Test
    void areOfOneServiceDestinationPortAndDirection() {
        assertFalse(take(bed.outbound("a.service", "192.0.2.2", 80)));
        assertFalse(take(bed.outbound("b.service", "192.0.2.2", 80)));
        assertFalse(take(bed.outbound("a.service", "192.0.2.3", 80)));
        assertFalse(take(bed.outbound("a.service", "192.0.2.2", 81)));
        assertFalse(take(bed.flow("a.service", 1, Flows.tcp("192.0.2.1", 7, "192.0.2.2", 80), Direction.LOCAL)));
        assertTrue(take(bed.outbound("a.service", "192.0.2.2", 80)));
    }

    @Test
    void haveNoProcessIfTheyAreOfSeveral() {
        for (int pid = 1; pid <= 3; pid++) {
            take(bed.flow("a.service", pid, Flows.tcp("192.0.2.1", pid, "192.0.2.2", 80), Direction.OUTBOUND));
        }
        passOn(TIME);
        assertEquals(Unattributed.SEVERAL, summaries.get(0).common().owner().reason());
        assertEquals("/usr/bin/curl", summaries.get(0).common().exe().toString());
        assertEquals(1000, summaries.get(0).common().owner().uid());
    }

    @Test
    void sumUpTheirEnds() {
        AttributedFlow first = bed.outbound("a.service", "192.0.2.2", 80);
        AttributedFlow second = bed.outbound("a.service", "192.0.2.2", 80);
        AttributedFlow third = bed.outbound("a.service", "192.0.2.2", 80);
        take(first);
        take(second);
        take(third);
        assertFalse(takeEnd(first), "that of the first stays whole");
        assertTrue(takeEnd(second));
        assertTrue(takeEnd(third));
        passOn(TIME);
        FlowSummary summary = summaries.get(0);
        assertEquals(2, summary.count());
        assertEquals(2, summary.ends());
        assertEquals(new FlowEnd(FlowEnd.UNKNOWN, 200, 4, 600, 8), summary.sums());
    }

    @Test
    void areCountedByTheirEndsIfOnlyEndsAreLogged() {
        for (int i = 0; i < 3; i++) {
            take(SummaryBed.end(bed.outbound("a.service", "192.0.2.2", 80)));
        }
        passOn(TIME);
        assertEquals(2, summaries.get(0).count());
        assertEquals(0, summaries.get(0).ends());
        assertEquals(200, summaries.get(0).sums().originalBytes());
    }

    @Test
    void stayWholeIfThereIsNoRoom() {
        for (int i = 0; i < RepeatedFlows.MOST; i++) {
            assertFalse(take(bed.outbound("a.service", "10.0." + i / 256 + "." + i % 256, 80)));
        }
        for (int i = 0; i < 3; i++) {
            assertFalse(take(bed.outbound("a.service", "192.0.2.2", 80)));
        }
        assertTrue(take(bed.outbound("a.service", "10.0.0.0", 80)));
    }

    @Test
    void stayUntilTheirSummaryIsTaken() {
        take(bed.outbound("a.service", "192.0.2.2", 80));
        take(bed.outbound("a.service", "192.0.2.2", 80));
        bed.now += TIME;
        repeated.passOn(bed.now, /* all= */ false, summary -> false);
        assertTrue(take(bed.outbound("a.service", "192.0.2.2", 80)));
        passOn(0);
        assertEquals(2, summaries.get(0).count());
        assertTrue(repeated.isEmpty());
    }
}
