// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AsyncLookupTest {
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private static final long LENGTHY_MILLIS = 2_000;

    private final List<String> queried = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean mayWait = true;
    private long patience = PATIENCE;
    private AsyncLookup<String> lookups;

    @AfterEach
    void close() throws InterruptedException {
        released.countDown();
        lookups.close();
        assertTrue(closed.await(30, TimeUnit.SECONDS), "the source is closed");
    }

    private void open(long found, long none, long failed) {
        lookups = new AsyncLookup<>(
                "test", new Directory(), new AsyncLookup.Lifetimes(found, none, failed), patience, () -> mayWait);
    }

    /** Finds the key itself as its value, except for the keys named here. */
    private final class Directory implements AsyncLookup.Source<String> {
        @Override
        public String find(String key) throws IOException {
            queried.add(key);
            return switch (key) {
                case "nobody" -> null;
                case "broken" -> throw new IOException();
                case "bug" -> throw new IllegalStateException();
                case "slow" -> whenReleased();
                case "lengthy 1", "lengthy 2" -> inAWhile();
                default -> key;
            };
        }

        private String inAWhile() {
            try {
                TimeUnit.MILLISECONDS.sleep(LENGTHY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "lengthy";
        }

        private String whenReleased() {
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "late";
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    /** The second lookup takes as long as the first, of which the thread has waited for nearly all that it may. */
    @Test
    void waitsForSlowLookupsATenthOfTheTime() {
        patience = TimeUnit.MILLISECONDS.toNanos(LENGTHY_MILLIS + LENGTHY_MILLIS / 2);
        open(LONG, LONG, LONG);
        assertEquals("lengthy", lookups.lookUp("lengthy 1").get());
        assertNull(lookups.lookUp("lengthy 2").get());
        assertEquals(1, lookups.leftOut());
    }

    @Test
    void findsTheValueOfAKey() {
        patience = LONG;
        open(LONG, LONG, LONG);
        assertEquals("anne", find("anne"));
        assertNull(find("nobody"));
        assertEquals(0, lookups.leftOut());
    }

    @Test
    void countsUnknownValues() {
        open(LONG, LONG, LONG);
        Supplier<String> broken = lookups.lookUp("broken");
        find("anne"); // The lookup before this one has ended then.
        assertNull(broken.get());
        assertEquals(1, lookups.leftOut());
    }

    @Test
    void goesOnAfterABugOfTheSource() {
        open(LONG, LONG, LONG);
        Supplier<String> bug = lookups.lookUp("bug");
        assertEquals("anne", find("anne"));
        assertNull(bug.get());
    }

    @Test
    void queriesTheSourceOnceWhileAResultIsValid() {
        open(LONG, LONG, LONG);
        for (int i = 0; i < 3; i++) {
            find("anne");
            find("nobody");
            find("broken");
        }
        assertEquals(List.of("anne", "nobody", "broken"), queried);
    }

    @Test
    void queriesTheSourceAgainAfterTheLifetimeOfAResult() {
        open(LONG, -1, -1);
        for (int i = 0; i < 2; i++) {
            find("anne");
            find("nobody");
            find("broken");
        }
        assertEquals(List.of("anne", "nobody", "broken", "nobody", "broken"), queried);
    }

    /** Without the limit each of these would wait until the source answers. */
    @Test
    void doesNotWaitForASourceThatDoesNotAnswer() throws InterruptedException {
        open(LONG, LONG, LONG);
        Supplier<String> slow = lookups.lookUp("slow");
        for (int i = 0; i < 10_000; i++) {
            assertNull(slow.get());
            assertNull(lookups.lookUp("behind " + i).get());
        }
        assertEquals(20_000, lookups.leftOut());
        assertTrue(lookups.isSilent());

        released.countDown();
        while (lookups.isSilent()) {
            assertFalse(Thread.currentThread().isInterrupted(), "the source answers");
        }
        assertEquals("late", slow.get(), "the value is there for the next entry");
        assertEquals("anne", find("anne"));
    }

    /** The caller forbids waiting if the queue is about to overflow. */
    @Test
    void doesNotWaitIfTheCallerForbidsIt() {
        open(LONG, LONG, LONG);
        mayWait = false;
        assertNull(lookups.lookUp("slow").get());
        assertEquals(1, lookups.leftOut());
    }

    @Test
    void evictsTheResultThatIsUnusedForTheLongestTime() {
        open(LONG, LONG, LONG);
        find("first");
        for (int i = 0; i < 5000; i++) {
            find("next " + i);
        }
        find("first");
        assertEquals("first", queried.get(queried.size() - 1));
    }

    /** Waits for the value of a key for longer than the limit, because this machine may be busy and the queue full. */
    private String find(String key) {
        String value = lookups.lookUp(key).get();
        while (value == null && !key.equals("nobody") && !key.equals("broken")) {
            assertFalse(Thread.currentThread().isInterrupted(), "no value in time");
            value = lookups.lookUp(key).get();
        }
        return value;
    }
}
