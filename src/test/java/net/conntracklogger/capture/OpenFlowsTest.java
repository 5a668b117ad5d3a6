// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.capture.SampleFlows.begun;
import static net.conntracklogger.capture.SampleFlows.end;
import static net.conntracklogger.capture.SampleFlows.existing;
import static net.conntracklogger.capture.SampleFlows.other;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class OpenFlowsTest {
    private static final long AMPLE = 1 << 20;

    private final OpenFlows open = new OpenFlows(/* most= */ 3, AMPLE);

    @Nested
    class TheEndOfAnOpenFlow {
        @Test
        void getsOwnerDirectionAndTimeOfTheBeginning() {
            open.add(begun(1));
            AttributedFlow end = open.end(end(1));
            assertEquals(FlowEvent.Kind.END, end.event().kind());
            assertSame(SampleFlows.END, end.event().end());
            assertSame(SampleFlows.OWNER, end.owner());
            assertEquals(begun(1).direction(), end.direction());
            assertEquals(Flows.BEGAN, end.event().timestamp());
        }

        @Test
        void closesTheFlow() {
            open.add(begun(1));
            open.end(end(1));
            assertNull(open.get(1));
            assertEquals(List.of(), open.all());
            assertEquals(end(1), open.end(end(1)), "a second end has no beginning");
        }
    }

    @Nested
    class AnEndWithoutABeginning {
        @Test
        void staysAsItIs() {
            open.add(begun(1));
            AttributedFlow end = end(2);
            assertSame(end, open.end(end));
        }

        /** Ids are used again: this is the end of an earlier flow whose beginning was lost. */
        @Test
        void doesNotCloseAnotherFlowWithItsId() {
            open.add(other(1));
            AttributedFlow end = end(1);
            assertSame(end, open.end(end));
            assertEquals(other(1), open.get(1));
        }
    }

    @Nested
    class IfFull {
        @Test
        void evictsTheOldest() {
            for (int id = 1; id <= 3; id++) {
                assertEquals(List.of(), open.add(begun(id)));
            }
            assertEquals(List.of(begun(1)), open.add(begun(4)));
            assertEquals(List.of(begun(2), begun(3), begun(4)), open.all());
            assertEquals(1, open.evicted());
        }

        @Test
        void evictsAsManyAsNeedBeForABound() {
            OpenFlows small = new OpenFlows(/* most= */ 1000, /* heapLimit= */ 20_000);
            int added = 0;
            while (small.evicted() == 0) {
                small.add(begun(++added));
            }
            long bytes = 20_000 / (added - 1);
            assertTrue(bytes >= begun(1).retainedBytes() && bytes < begun(1).retainedBytes() + 200, bytes + " each");
            assertEquals(added - 1, small.all().size());
        }

        /** A leak would shrink the room for open flows until none fits. */
        @Test
        void countsNoBytesOfFlowsThatEndedOrWereReplaced() {
            OpenFlows small = new OpenFlows(/* most= */ 1000, /* heapLimit= */ 20_000);
            for (int i = 0; i < 100; i++) {
                small.add(begun(1));
                small.end(end(1));
            }
            assertEquals(0, small.evicted());
            for (int i = 0; i < 100; i++) {
                small.add(begun(1));
            }
            assertEquals(99, small.evicted(), "each replaces the one before");
            assertEquals(List.of(begun(1)), small.all());
        }
    }

    /** The end of the earlier one was lost. */
    @Test
    void evictsAFlowWhoseIdAnotherHas() {
        open.add(other(1));
        assertEquals(List.of(other(1)), open.add(begun(1)));
        assertEquals(begun(1), open.get(1));
        assertEquals(1, open.evicted());
    }

    @Test
    void selectsIds() {
        open.add(begun(1));
        open.add(existing(2));
        open.add(begun(3));
        assertArrayEquals(new long[] {1, 3}, open.ids(flow -> flow.event().kind() == FlowEvent.Kind.NEW));
    }
}
