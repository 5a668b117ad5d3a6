// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A thread that runs a stage until it is closed, and counts its rounds. */
public final class StageThread implements Closeable {
    private final Stage stage;
    private final Thread thread;
    private final Consumer<Throwable> failed;
    private volatile boolean ending;
    private final AtomicLong rounds = new AtomicLong();

    private StageThread(String name, Stage stage, Consumer<Throwable> failed) {
        this.stage = stage;
        this.failed = failed;
        this.thread = new Thread(this::run, name);
    }

    /**
     * Starts a thread.
     *
     * @param failed receives what the stage throws, in the thread; the stage is not finished then
     */
    public static StageThread start(String name, Stage stage, Consumer<Throwable> failed) {
        StageThread started = new StageThread(name, stage, failed);
        started.thread.start();
        return started;
    }

    /** Returns how often the stage has completed {@link Stage#work}. Grows as long as the thread makes progress. */
    public long rounds() {
        return rounds.get();
    }

    private void run() {
        try {
            while (!ending) {
                stage.work();
                rounds.incrementAndGet();
            }
            stage.finish();
        } catch (Throwable e) {
            failed.accept(e);
        }
    }

    /**
     * Lets the stage finish and waits until the thread has ended. Does not interrupt the stage. If the caller is
     * interrupted, it goes on waiting and is interrupted afterwards.
     */
    @Override
    public void close() {
        ending = true;
        stage.wake();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
