// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Runs a stage until it is told to end, and shows whether it gets on. */
public final class StageThread {
    private final Stage stage;
    private final Thread thread;
    private final Consumer<Throwable> failed;
    private volatile boolean ending;
    private final AtomicLong rounds = new AtomicLong();

    public StageThread(String name, Stage stage, Consumer<Throwable> failed) {
        this.stage = stage;
        this.failed = failed;
        this.thread = new Thread(this::run, name);
    }

    public void start() {
        thread.start();
    }

    /** A number that grows as long as the thread gets on. */
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

    /** Lets the stage finish, and waits until it has. */
    public void end() {
        ending = true;
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
