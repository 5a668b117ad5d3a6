// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the next process finds of flows that were counted, whenever the one before ends. */
class SummarisedFlowsTest {
    private static final int O_RDWR = 2;

    private final ByteBuffer message = ByteBuffer.allocate(HandoverMemory.LONGEST_EVENT);
    private HandoverMemory memory;
    private UnwrittenEvents events;

    @BeforeEach
    void create() throws LinuxException {
        memory = HandoverMemory.create();
        events = memory.events();
        events.beginBatch(1, 2);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private long append() {
        return events.append(message, 0, 300, 7);
    }

    private void count(int flows) {
        for (int i = 0; i < flows; i++) {
            events.summarise(append(), /* end= */ false, 1000);
        }
    }

    private static FlowSummary summary(long flows, long ends, long first) {
        return new FlowSummary(CommonValues.NONE, flows, ends, first, first, FlowEnd.NONE, 0, 0);
    }

    private FlowSummary left() throws LinuxException {
        try (HandoverMemory next = adopt()) {
            assertArrayEquals(new long[0], next.events().left(), "no flow is logged again");
            return next.events().summarisedBefore();
        }
    }

    private HandoverMemory adopt() throws LinuxException {
        return HandoverMemory.adopt(FileDescriptor.open("/proc/self/fd/" + memory.fd(), O_RDWR));
    }

    @Test
    void areLeftUntilTheirSummaryIsWritten() throws LinuxException {
        count(3);
        assertEquals(3, left().count());
        events.assignSummary(1, summary(3, 0, 1000));
        assertEquals(3, left().count());
    }

    @Test
    void areNotLeftOnceTheirSummaryIsWritten() throws LinuxException {
        count(3);
        events.assignSummary(1, summary(3, 0, 1000));
        events.setWritten(1);
        assertTrue(left().isEmpty());
        count(2);
        assertEquals(2, left().count());
    }

    @Test
    void includeEndsThatAreCountedBesides() throws LinuxException {
        count(1);
        events.summarise(append(), /* end= */ true, 0);
        events.summarise(append(), /* end= */ true, 0);
        assertEquals(1, left().count());
        assertEquals(2, left().ends());
        events.assignSummary(1, summary(1, 1, 1000));
        events.setWritten(1);
        assertEquals(0, left().count());
        assertEquals(1, left().ends());
    }

    @Test
    void includeThoseOfNoEvent() throws LinuxException {
        events.summarise(UnwrittenEvents.NONE, /* end= */ false, 1000);
        assertEquals(1, left().count());
    }

    @Test
    void haveTheTimeOfTheFirst() throws LinuxException {
        count(1);
        events.assignSummary(1, summary(1, 0, 500));
        events.setSummarisedSince(2000);
        assertEquals(500, left().first());
        assertTrue(left().last() > 0);
    }

    @Nested
    class AreCountedOnce {
        /** The event has its mark, but the count is that of before. */
        @Test
        void ifTheProcessIsKilledBeforeTheCountIsStored() throws LinuxException {
            count(2);
            events.assign(append(), memory.summarised().mark(/* end= */ false));
            assertEquals(3, left().count());
            assertEquals(3, left().count(), "by the process after the next, too");
        }

        @Test
        void ifTheProcessIsKilledBeforeTheEventHasItsMark() throws LinuxException {
            count(2);
            append();
            try (HandoverMemory next = adopt()) {
                assertEquals(1, next.events().left().length);
                assertEquals(2, next.events().summarisedBefore().count());
            }
        }

        /** Numbers of entries that were never written are given to other entries. */
        @Test
        void ifAnEntryGetsTheNumberOfASummaryThatWasNotWritten() throws LinuxException {
            count(2);
            events.assignSummary(5, summary(2, 0, 1000));
            assertEquals(2, left().count());
            events.setWritten(6);
            assertEquals(2, left().count());
        }

        @Test
        void byAProcessThatGoesOn() throws LinuxException {
            count(2);
            try (HandoverMemory next = adopt()) {
                UnwrittenEvents of = next.events();
                assertTrue(of.assignSummary(1, of.summarisedBefore()));
                of.summarise(UnwrittenEvents.NONE, /* end= */ false, 1000);
                of.setWritten(1);
            }
            assertEquals(1, left().count());
        }
    }

    @Test
    void ofManySummariesAreAllKept() throws LinuxException {
        long entry = 0;
        while (events.assignSummary(++entry, summary(1, 0, 1000))) {
            count(1);
        }
        assertTrue(entry > 50);
        assertFalse(events.assignSummary(entry, summary(1, 0, 1000)), "none is overwritten");
        events.setWritten(entry / 2);
        assertEquals(entry - 1 - entry / 2, left().count());
    }

    @Test
    void ofAnyNumberOfSummariesInTurnAreKept() throws LinuxException {
        for (int entry = 1; entry <= 1000; entry++) {
            count(1);
            assertTrue(events.assignSummary(entry, summary(1, 0, 1000)), "summary " + entry);
            events.setWritten(entry - 1);
        }
        assertEquals(1, left().count());
    }
}
