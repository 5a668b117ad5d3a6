// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BoundedCallsTest {
    private static final long ANNE = 1000;
    private static final long BERT = 1001;

    private final BoundedCalls calls = new BoundedCalls("test");
    private final CountDownLatch released = new CountDownLatch(1);
    private final CompletableFuture<String> late = new CompletableFuture<>();

    @AfterEach
    void close() {
        released.countDown();
        calls.close();
    }

    private String call(long user, String result) {
        return calls.call(user, () -> result, value -> {});
    }

    private String hang(long user) {
        return calls.call(
                user,
                () -> {
                    awaitRelease();
                    return "late";
                },
                late::complete);
    }

    private void awaitRelease() {
        boolean interrupted = false;
        while (true) {
            try {
                released.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // As a system call that nothing interrupts.
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void returnTheResult() {
        assertEquals("one", call(ANNE, "one"));
        assertEquals("two", call(ANNE, "two"));
        assertEquals(0, calls.leftOut());
        assertFalse(calls.isSilent());
    }

    @Test
    void thatHangDelayOnlyTheFirst() {
        long began = System.nanoTime();
        assertNull(hang(ANNE));
        long first = System.nanoTime() - began;
        assertTrue(first >= 200_000_000, "it was " + first);
        for (int i = 0; i < 1000; i++) {
            assertNull(call(ANNE, "one"));
        }
        assertTrue(System.nanoTime() - began < first + 1_000_000_000, "only the first is waited for");
        assertEquals(1001, calls.leftOut());
        assertTrue(calls.isSilent());
    }

    @Test
    void ofOneUserDoNotDisturbAnother() {
        assertNull(hang(ANNE));
        // On a busy machine, some of his calls may come too late.
        int results = 0;
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (results < 1000 && System.nanoTime() < deadline) {
            results += call(BERT, "one") == null ? 0 : 1;
        }
        assertEquals(1000, results);
        assertNull(call(ANNE, "one"));
    }

    @Test
    void areMadeAgainForAUserWhoseCallReturns() throws Exception {
        assertNull(hang(ANNE));
        released.countDown();
        assertEquals("late", late.get(), "the result that came too late");
        String result = null;
        while (result == null) {
            result = call(ANNE, "one");
        }
        assertEquals("one", result);
    }

    /** A user with many ids, such as the root of a container. */
    @Test
    void haveABoundedNumberOfThreads() {
        int before = Thread.activeCount();
        for (long user = 0; user < 200; user++) {
            assertNull(hang(user));
        }
        assertTrue(Thread.activeCount() <= before + 16, "threads: " + Thread.activeCount());
    }

    @Test
    void thatAreSlowHaveAShareOfTheTime() {
        long began = System.nanoTime();
        int made = 0;
        while (System.nanoTime() - began < 1_000_000_000) {
            String result = calls.call(
                    ANNE,
                    () -> {
                        sleep();
                        return "slow";
                    },
                    value -> {});
            made += result == null ? 0 : 1;
        }
        // A burst of 200 ms and a tenth of a second, in calls of 10 ms.
        assertTrue(made <= 35, made + " slow calls");
        assertTrue(calls.leftOut() > 0);
        assertEquals("one", call(BERT, "one"));
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void passOnABug() {
        assertThrows(
                IllegalStateException.class,
                () -> calls.call(
                        ANNE,
                        () -> {
                            throw new IllegalArgumentException();
                        },
                        value -> {}));
    }
}
