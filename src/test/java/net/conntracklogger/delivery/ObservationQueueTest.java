// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import org.junit.jupiter.api.Test;

class ObservationQueueTest {
    private static final Observation NOTICE = notice("");
    private static final long AMPLE = 1 << 20;

    @Test
    void keepsTheOrder() throws InterruptedException {
        ObservationQueue queue = new ObservationQueue(10, AMPLE);
        for (String text : new String[] {"a", "b", "c"}) {
            assertTrue(queue.offer(notice(text)));
        }
        for (String text : new String[] {"a", "b", "c"}) {
            assertEquals(notice(text), queue.poll(0));
        }
        assertNull(queue.poll(0));
    }

    @Test
    void holdsNoMoreRecordsThanItMay() throws InterruptedException {
        ObservationQueue queue = new ObservationQueue(2, AMPLE);
        assertTrue(queue.offer(NOTICE));
        assertTrue(queue.offer(NOTICE));
        assertFalse(queue.offer(NOTICE));
        queue.poll(0);
        assertTrue(queue.offer(NOTICE));
        assertFalse(queue.offer(NOTICE));
    }

    @Test
    void holdsNoMoreBytesThanItMay() throws InterruptedException {
        ObservationQueue queue = new ObservationQueue(1000, 3L * NOTICE.retainedBytes());
        for (int i = 0; i < 3; i++) {
            assertTrue(queue.offer(NOTICE));
        }
        assertFalse(queue.offer(NOTICE));
        queue.poll(0);
        assertFalse(queue.offer(notice("longer")), "needs more than has become free");
        assertTrue(queue.offer(NOTICE));
    }

    @Test
    void isBusyFromHalfOn() throws InterruptedException {
        for (ObservationQueue queue : new ObservationQueue[] {
            new ObservationQueue(4, AMPLE), new ObservationQueue(1000, 4L * NOTICE.retainedBytes())
        }) {
            queue.offer(NOTICE);
            queue.offer(NOTICE);
            assertFalse(queue.isBusy());
            queue.offer(NOTICE);
            assertTrue(queue.isBusy());
            queue.poll(0);
            assertFalse(queue.isBusy());
        }
    }

    /** What was refused, by either bound, takes no room; however often. */
    @Test
    void forgetsWhatItRefused() throws InterruptedException {
        ObservationQueue queue = new ObservationQueue(1, 3L * NOTICE.retainedBytes());
        for (int i = 0; i < 100; i++) {
            assertTrue(queue.offer(NOTICE));
            assertFalse(queue.offer(NOTICE));
            assertEquals(NOTICE, queue.poll(0));
        }
    }

    @Test
    void weighsCommandLines() {
        int small = Flows.outbound(Flows.process("x", "")).retainedBytes();
        int large = Flows.outbound(Flows.process("x", "y".repeat(3000))).retainedBytes();
        assertTrue(large - small >= 3000);
    }

    private static Observation notice(String text) {
        return new Notice(Notice.Kind.TRACKING_ACTIVE, text);
    }
}
