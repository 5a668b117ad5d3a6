// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RepeatedReadingTest {
    private static final long AMPLE_MILLIS = 1_000_000;

    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final RepeatedReading<String> reading = new RepeatedReading<>("test", new Answers(), 1, clock::get);

    /** Hangs until there is an answer; an empty one is a failure. */
    private final class Answers implements RepeatedReading.Source<String> {
        @Override
        public String read() throws IOException {
            reads.incrementAndGet();
            try {
                String answer = answers.take();
                if (answer.isEmpty()) {
                    throw new IOException("refused");
                }
                return answer;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    @AfterEach
    void close() throws Exception {
        reading.close();
        Wait.until("the source is closed", closed::get);
    }

    @Test
    void keepsTheMostRecentValue() throws Exception {
        assertNull(reading.latest(AMPLE_MILLIS));
        answers.add("a");
        Wait.until("a", () -> isLatest("a", reading));
        answers.add("b");
        Wait.until("b", () -> isLatest("b", reading));
    }

    @Test
    void reportsAFailureUntilTheNextValue() throws Exception {
        answers.add("");
        Wait.until("failure", () -> {
            try {
                reading.latest(AMPLE_MILLIS);
                return false;
            } catch (IOException e) {
                return e.getMessage().equals("refused");
            }
        });
        answers.add("a");
        Wait.until("a", () -> {
            try {
                return isLatest("a", reading);
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void reportsThatTheSourceHangs() throws Exception {
        Wait.until("it reads", () -> reads.get() == 1);
        clock.addAndGet(31_000_000_000L);
        assertEquals(
                "test: no answer for 31 s",
                assertThrows(IOException.class, () -> reading.latest(30_000)).getMessage());
    }

    private static boolean isLatest(String value, RepeatedReading<String> reading) throws IOException {
        RepeatedReading.Timed<String> latest = reading.latest(AMPLE_MILLIS);
        return latest != null && latest.value().equals(value);
    }
}
