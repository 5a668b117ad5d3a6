// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestartingStageTest {
    private static final long MILLISECOND = 1_000_000;

    private long clock = Long.MAX_VALUE - 50 * MILLISECOND; // It wraps soon.
    private Exception failure = new IOException("broken");
    private Error error;
    private final List<Long> calls = new ArrayList<>();
    private final Failures failures = new Failures();
    private final RestartingStage stage = new RestartingStage("names", this::work, failures, () -> clock);

    private void work() throws Exception {
        calls.add(clock);
        if (error != null) {
            throw error;
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Returns the milliseconds between the calls of the stage. */
    private List<Long> runUntil(int number) throws InterruptedException {
        while (calls.size() < number) {
            clock += 100 * MILLISECOND;
            stage.work();
        }
        List<Long> delays = new ArrayList<>();
        for (int i = 1; i < calls.size(); i++) {
            delays.add((calls.get(i) - calls.get(i - 1)) / MILLISECOND);
        }
        return delays;
    }

    @Test
    void restartsWithAGrowingDelay() throws InterruptedException {
        clock += 200 * MILLISECOND;
        assertEquals(List.of(100L, 200L, 400L), runUntil(4));
        assertEquals(new Failures.Count(4, "broken"), failures.counts().get("names"));
    }

    @Test
    void doesNotWaitIfNothingFails() throws InterruptedException {
        failure = null;
        stage.work();
        stage.work();
        assertEquals(2, calls.size());
        assertTrue(failures.counts().isEmpty());
    }

    @Test
    void startsWithAShortDelayAgainOnceItHasWorked() throws InterruptedException {
        runUntil(3);
        failure = null;
        runUntil(4);
        failure = new IOException("broken again");
        calls.clear();
        assertEquals(List.of(100L, 200L), runUntil(3));
    }

    @Test
    void survivesAnOverflowOfTheStack() throws InterruptedException {
        error = new StackOverflowError();
        stage.work();
        assertEquals(1, failures.counts().get("names").number());
    }

    @Test
    void failsIfMemoryIsShort() {
        error = new OutOfMemoryError();
        assertThrows(OutOfMemoryError.class, stage::work);
    }
}
