// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class KernelBacklogTest {
    /** Room for 200 events, as the kernel doubles it. */
    private static final int BUFFER = 100 * 768;

    private final KernelBacklog backlog = new KernelBacklog(BUFFER, 5);

    @Test
    void beginsWhenTheSocketWasOpened() {
        assertEquals(5, backlog.since());
    }

    @Test
    void beginsWhenTheKernelHeldNoEvent() {
        backlog.onEmpty(7);
        assertEquals(7, backlog.since());
    }

    @Test
    void movesOnAfterAsManyEventsAsTheKernelHolds() {
        backlog.onEmpty(7);
        backlog.onRead(200, 8);
        assertEquals(7, backlog.since());
        backlog.onRead(1, 9);
        assertEquals(7, backlog.since(), "sent before the kernel was empty");
        backlog.onRead(199, 10);
        assertEquals(7, backlog.since());
        backlog.onRead(1, 11);
        assertEquals(9, backlog.since());
    }

    /** An earlier process may have left more than the buffer holds now. */
    @Test
    void staysUntilTheKernelHeldNoEventOnce() {
        backlog.onRead(1000, 6);
        assertEquals(5, backlog.since());
    }
}
