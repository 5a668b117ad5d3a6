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
        assertEquals(START + CAPACITY, flows.completeSince());
    }

    @Test
    void tellsFlowsWithTheSameKeyApartByTime() {
        flows.add(7, 2000);
        assertTrue(flows.contains(7, 1999));
        assertTrue(flows.contains(7, 2000));
        assertFalse(flows.contains(7, 2001), "began after the event");
        flows.add(7, 3000);
        assertTrue(flows.contains(7, 2500));
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
        assertEquals(START + 3 * CAPACITY, flows.completeSince());
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
