// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StageThreadTest {
    /** Pieces of work that the stage may complete. */
    private final Semaphore work = new Semaphore(0);

    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch working = new CountDownLatch(1);
    private volatile Exception toThrow;
    private StageThread thread;

    @AfterEach
    void close() {
        work.release(1_000_000);
        if (thread != null) {
            thread.close();
        }
    }

    private void start(Stage stage) {
        thread = StageThread.start("stage", stage, failure::set);
    }

    private final Stage stage = new Stage() {
        @Override
        public void work() throws Exception {
            calls.add("work in " + Thread.currentThread().getName());
            working.countDown();
            work.acquire();
            if (toThrow != null) {
                throw toThrow;
            }
        }

        @Override
        public void finish() {
            calls.add("finish");
        }
    };

    @Test
    void runsTheStageInAThreadOfThatName() throws InterruptedException {
        start(stage);
        working.await();
        assertEquals(List.of("work in stage"), calls);
    }

    @Test
    void countsCompletedRounds() throws InterruptedException {
        start(stage);
        working.await();
        assertEquals(0, thread.rounds());
        work.release(3);
        while (thread.rounds() < 3) {
            assertFalse(Thread.currentThread().isInterrupted(), "three rounds in time");
        }
        assertEquals(3, thread.rounds());
    }

    @Test
    void finishesOnceAfterTheLastPieceOfWork() throws InterruptedException {
        start(stage);
        working.await();
        Thread closer = closeInAnotherThread();
        assertTrue(closer.isAlive(), "it waits until the stage has finished");
        work.release();
        closer.join();
        assertEquals(List.of("work in stage", "finish"), calls);
        thread.close();
        assertEquals(List.of("work in stage", "finish"), calls);
        assertNull(failure.get());
    }

    @Test
    void reportsAFailureAndDoesNotFinishTheStage() throws InterruptedException {
        toThrow = new IllegalStateException();
        work.release();
        start(stage);
        working.await();
        thread.close();
        assertSame(toThrow, failure.get());
        assertEquals(List.of("work in stage"), calls);
        assertEquals(0, thread.rounds());
    }

    @Test
    void reportsAnErrorOfTheJvm() throws InterruptedException {
        Error error = new StackOverflowError();
        start(() -> {
            working.countDown();
            throw error;
        });
        working.await();
        thread.close();
        assertSame(error, failure.get());
    }

    @Test
    void reportsAFailureToFinish() {
        Exception refused = new Exception();
        start(new Stage() {
            @Override
            public void work() {
                Thread.onSpinWait();
            }

            @Override
            public void finish() throws Exception {
                throw refused;
            }
        });
        thread.close();
        assertSame(refused, failure.get());
    }

    @Test
    void waitsForTheStageEvenIfItsCallerIsInterrupted() throws InterruptedException {
        start(stage);
        working.await();
        AtomicReference<Boolean> interruptedAfterwards = new AtomicReference<>();
        Thread closer = new Thread(() -> {
            thread.close();
            interruptedAfterwards.set(Thread.currentThread().isInterrupted());
        });
        closer.start();
        closer.interrupt();
        closer.join(50);
        assertTrue(closer.isAlive());
        assertFalse(calls.contains("finish"));
        work.release();
        closer.join();
        assertEquals(List.of("work in stage", "finish"), calls);
        assertEquals(true, interruptedAfterwards.get());
        assertNull(failure.get(), "the stage itself is not interrupted");
    }

    /** Returns after the thread has begun to wait for the stage. */
    private Thread closeInAnotherThread() {
        Thread closer = new Thread(thread::close);
        closer.start();
        while (closer.getState() != Thread.State.WAITING) {
            assertFalse(Thread.currentThread().isInterrupted(), "it waits in time");
        }
        return closer;
    }
}
