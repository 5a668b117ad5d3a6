// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentFlowsTest {
    private static final int CAPACITY = 4096;
    private static final long START = 1000;
    private static final long SECOND = 1_000_000;
    /** By which an event may be earlier than the begin of its flow. */
    private static final long PASSAGE = SECOND / 10;

    private final RecentFlows flows = new RecentFlows(CAPACITY, START);

    private static long[] keys(int count) {
        return new Random(1).longs(count).toArray();
    }

    private void add(long[] keys) {
        for (int i = 0; i < keys.length; i++) {
            flows.add(keys[i], START + i);
        }
    }

    @Test
    void containsTheFlowsThatWereAddedLast() {
        long[] keys = keys(10 * CAPACITY);
        add(keys);
        for (int i = 0; i < keys.length; i++) {
            assertEquals(i >= keys.length - CAPACITY, flows.contains(keys[i], START), "flow " + i);
        }
    }

    @Test
    void isCompleteSinceTheFlowAfterTheLastThatWasEvicted() {
        long[] keys = keys(CAPACITY + 10);
        assertEquals(START, flows.completeSince());
        add(Arrays.copyOf(keys, CAPACITY));
        assertEquals(START, flows.completeSince());
        add(keys);
        assertEquals(START + PASSAGE + CAPACITY, flows.completeSince());
    }

    @Test
    void tellsFlowsWithTheSameKeyApartByTime() {
        flows.add(7, 2 * SECOND);
        assertTrue(flows.contains(7, 2 * SECOND));
        assertFalse(flows.contains(7, 5 * SECOND), "began after the event");
        flows.add(7, 6 * SECOND);
        assertTrue(flows.contains(7, 5 * SECOND));
    }

    /** The kernel takes the time of a NEW event before that of the begin, often by a microsecond. */
    @Test
    void containsAFlowThatBeganSoonAfterItsEvent() {
        flows.add(7, 2 * SECOND);
        assertTrue(flows.contains(7, 2 * SECOND + 1));
        assertTrue(flows.contains(7, 3 * SECOND), "waited for a verdict");
    }

    /** A flow that began before the clock was set back seems to be younger than its event. */
    @Test
    void containsAFlowThatBeganBeforeTheClockWasSetBack() {
        flows.add(1, 5000);
        flows.add(2, 3000);
        assertTrue(flows.contains(2, 4900));
    }

    @Test
    void growsAndShrinks() {
        flows.setCapacity(4 * CAPACITY);
        long[] keys = keys(4 * CAPACITY);
        add(keys);
        assertTrue(flows.contains(keys[0], START));
        flows.setCapacity(CAPACITY);
        assertEquals(START + PASSAGE + 3 * CAPACITY, flows.completeSince());
        assertFalse(flows.contains(keys[3 * CAPACITY - 1], START));
        assertTrue(flows.contains(keys[3 * CAPACITY], START));
        add(keys);
        assertTrue(flows.contains(keys[4 * CAPACITY - 1], START));
    }

    /** Keys that collide in the table stay reachable while others before them are evicted. */
    @Test
    void keepsOtherFlowsOfAKeyWhenTheOldestIsEvicted() {
        for (int i = 0; i < 3 * CAPACITY; i++) {
            flows.add(i % 3, START + i);
        }
        for (int i = 0; i < 3; i++) {
            assertTrue(flows.contains(i, START), "key " + i);
        }
        assertFalse(flows.contains(3, START));
    }
}
