// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import static net.conntracklogger.delivery.QueueContents.drain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.handover.EntryNumbers;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ObservationQueueTest {
    private static final Observation NOTICE = notice("");
    private static final long AMPLE = 1 << 20;

    private final LossLedger losses = new LossLedger();
    private long clock = Long.MAX_VALUE - 5;

    private ObservationQueue queue(int records, long heapLimit) {
        return new ObservationQueue(records, heapLimit, losses, () -> clock, EntryNumbers.NONE);
    }

    private static Observation notice(String text) {
        return new Notice(Notice.Kind.TRACKING_ACTIVE, text);
    }

    private void assertDropped(long count) {
        List<Loss> taken = losses.take();
        assertEquals(count, taken.stream().mapToLong(Loss::count).sum());
        assertTrue(taken.stream().allMatch(loss -> loss.place() == Loss.Place.QUEUE), taken::toString);
    }

    @Test
    void keepsTheOrder() throws InterruptedException {
        ObservationQueue queue = queue(10, AMPLE);
        queue.add(notice("a"));
        queue.add(notice("b"));
        queue.addPatiently(List.of(notice("c"), notice("d")), 0);
        assertEquals(List.of(notice("a"), notice("b"), notice("c"), notice("d")), drain(queue));
        assertNull(queue.poll(0));
        assertDropped(0);
    }

    @Test
    void knowsUntilWhenAllIsWritten() throws InterruptedException {
        ObservationQueue queue = queue(10, AMPLE);
        queue.poll(0);
        queue.confirm();
        assertEquals(OptionalLong.empty(), queue.writtenUntil());
        queue.add(NOTICE);
        queue.mark(-7);
        queue.poll(0);
        queue.confirm();
        assertEquals(OptionalLong.empty(), queue.writtenUntil(), "more may be in the queue");
        queue.poll(0);
        assertEquals(OptionalLong.empty(), queue.writtenUntil(), "it is only taken");
        queue.confirm();
        assertEquals(OptionalLong.of(-7), queue.writtenUntil());
        queue.add(NOTICE);
        queue.mark(8);
        assertEquals(OptionalLong.of(-7), queue.writtenUntil());
    }

    @Test
    void isNotCompleteBeforeLossesAreReported() throws InterruptedException {
        ObservationQueue queue = queue(10, AMPLE);
        losses.add(Loss.Place.KERNEL, 1);
        queue.mark(5);
        queue.poll(0);
        queue.confirm();
        assertEquals(OptionalLong.empty(), queue.writtenUntil());
        losses.take();
        queue.confirm();
        assertEquals(OptionalLong.of(5), queue.writtenUntil());
    }

    @Test
    void waitsForTheNextObservationForALimitedTime() throws InterruptedException {
        ObservationQueue queue = queue(10, AMPLE);
        long before = System.nanoTime();
        assertNull(queue.poll(20));
        assertTrue(System.nanoTime() - before >= 20_000_000);
    }

    @Nested
    class IfFull {
        @Test
        void dropsAndCountsRecordsBeyondTheLimit() throws InterruptedException {
            ObservationQueue queue = queue(2, AMPLE);
            for (String text : new String[] {"a", "b", "c", "d"}) {
                queue.add(notice(text));
            }
            assertDropped(2);
            assertEquals(notice("a"), queue.poll(0));
            queue.add(notice("e"));
            queue.add(notice("f"));
            assertDropped(1);
            assertEquals(List.of(notice("b"), notice("e")), drain(queue));
        }

        @Test
        void dropsAndCountsBytesBeyondTheLimit() throws InterruptedException {
            ObservationQueue queue = queue(1000, 3L * NOTICE.retainedBytes());
            for (int i = 0; i < 3; i++) {
                queue.add(NOTICE);
            }
            assertDropped(0);
            queue.add(NOTICE);
            assertDropped(1);
            queue.poll(0);
            queue.add(notice("longer")); // It needs more than has become free.
            assertDropped(1);
            queue.add(NOTICE);
            assertDropped(0);
            assertEquals(List.of(NOTICE, NOTICE, NOTICE), drain(queue));
        }

        /** A leak would fill the queue with observations that it does not hold. */
        @Test
        void countsNoBytesOfWhatItDropped() throws InterruptedException {
            ObservationQueue queue = queue(1, 3L * NOTICE.retainedBytes());
            for (int i = 0; i < 100; i++) {
                queue.add(NOTICE);
                queue.add(NOTICE);
                assertEquals(NOTICE, queue.poll(0));
            }
            assertDropped(100);
        }

        @Test
        void waitsForRoomForWhatMustNotBeDropped() throws InterruptedException {
            ObservationQueue queue = queue(1, AMPLE);
            queue.add(notice("a"));
            Thread adder = new Thread(() -> queue.addPatiently(List.of(notice("b"), notice("c")), 1));
            adder.start();
            assertEquals(notice("a"), queue.poll(30_000));
            assertEquals(notice("b"), queue.poll(30_000));
            assertEquals(notice("c"), queue.poll(30_000));
            adder.join();
            assertDropped(0);
        }

        /** The time limit is that of all observations together. */
        @Test
        void dropsWhatStillDoesNotFitAfterTheTimeLimit() throws InterruptedException {
            ObservationQueue queue = new ObservationQueue(
                    1, AMPLE, losses, () -> clock += 10, EntryNumbers.NONE); // Each query takes 10 ns.
            queue.addPatiently(List.of(notice("a"), notice("b"), notice("c")), 100);
            assertDropped(2);
            assertTrue(clock - (Long.MAX_VALUE - 5) < 200, "the third waits no longer");
            assertEquals(List.of(notice("a")), drain(queue));
        }
    }

    @Test
    void isBusyIfMoreThanHalfFull() throws InterruptedException {
        for (ObservationQueue queue :
                new ObservationQueue[] {queue(4, AMPLE), queue(1000, 4L * NOTICE.retainedBytes())}) {
            queue.add(NOTICE);
            queue.add(NOTICE);
            assertFalse(queue.isBusy());
            queue.add(NOTICE);
            assertTrue(queue.isBusy());
            queue.poll(0);
            assertFalse(queue.isBusy());
        }
    }

    @Test
    void countsTheBytesOfCommandLines() {
        int small = Flows.outbound(Flows.process("x", "")).retainedBytes();
        int large = Flows.outbound(Flows.process("x", "y".repeat(3000))).retainedBytes();
        assertTrue(large - small >= 3000);
    }
}
