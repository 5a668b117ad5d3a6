// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch directoryAnswers = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean leisure = true;
    private AsyncLookup<String> inquiries;

    @AfterEach
    void close() throws InterruptedException {
        directoryAnswers.countDown();
        inquiries.close();
        assertTrue(closed.await(30, TimeUnit.SECONDS), "its source is closed");
    }

    private void open(long found, long none, long failed) {
        inquiries = new AsyncLookup<>(
                "test", new Directory(), new AsyncLookup.Lifetimes(found, none, failed), PATIENCE, () -> leisure);
    }

    /** Answers with what it was asked, unless told otherwise. */
    private final class Directory implements AsyncLookup.Source<String> {
        @Override
        public String find(String key) throws IOException {
            asked.add(key);
            return switch (key) {
                case "nobody" -> null;
                case "broken" -> throw new IOException();
                case "slow" -> whenItAnswers();
                default -> key;
            };
        }

        private String whenItAnswers() {
            try {
                directoryAnswers.await();
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

    @Test
    void answers() {
        open(LONG, LONG, LONG);
        assertEquals("anne", answer("anne"));
        assertNull(answer("nobody"));
        assertEquals(0, inquiries.leftOut());
    }

    @Test
    void countsWhatCannotBeKnown() {
        open(LONG, LONG, LONG);
        Supplier<String> broken = inquiries.lookUp("broken");
        answer("anne"); // Behind it: so that one is settled.
        assertNull(broken.get());
        assertEquals(1, inquiries.leftOut());
    }

    @Test
    void asksOnceWhileAnAnswerHolds() {
        open(LONG, LONG, LONG);
        for (int i = 0; i < 3; i++) {
            answer("anne");
            answer("nobody");
            answer("broken");
        }
        assertEquals(List.of("anne", "nobody", "broken"), asked);
    }

    @Test
    void asksAgainAfterItsTime() {
        open(LONG, -1, -1);
        for (int i = 0; i < 2; i++) {
            answer("anne");
            answer("nobody");
            answer("broken");
        }
        assertEquals(List.of("anne", "nobody", "broken", "nobody", "broken"), asked);
    }

    /** Each of these would wait for as long as the directory takes. */
    @Test
    void doesNotWaitForADirectoryThatDoesNotAnswer() throws InterruptedException {
        open(LONG, LONG, LONG);
        Supplier<String> slow = inquiries.lookUp("slow");
        for (int i = 0; i < 10_000; i++) {
            assertNull(slow.get());
            assertNull(inquiries.lookUp("behind " + i).get());
        }
        assertEquals(20_000, inquiries.leftOut());
        assertTrue(inquiries.isSilent());

        directoryAnswers.countDown();
        while (inquiries.isSilent()) {
            Thread.onSpinWait();
        }
        assertEquals("late", slow.get(), "what was left out is there for the next");
        assertEquals("anne", answer("anne"));
    }

    /** The queue is about to overflow. */
    @Test
    void doesNotWaitWithoutLeisure() {
        open(LONG, LONG, LONG);
        leisure = false;
        assertNull(inquiries.lookUp("slow").get());
        assertEquals(1, inquiries.leftOut());
    }

    /** Of more users than are remembered, those that were not asked for lately are asked for again. */
    @Test
    void forgetsTheEldest() {
        open(LONG, LONG, LONG);
        answer("first");
        for (int i = 0; i < 5000; i++) {
            answer("next " + i);
        }
        answer("first");
        assertEquals("first", asked.get(asked.size() - 1));
    }

    /** However busy this machine is. */
    private String answer(String key) {
        Supplier<String> answer = inquiries.lookUp(key);
        String value = answer.get();
        while (value == null && !key.equals("nobody") && !key.equals("broken")) {
            value = answer.get();
        }
        return value;
    }
}
