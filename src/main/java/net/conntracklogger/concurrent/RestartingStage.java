// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A stage that goes on after a failure. The service can do without it for a while. Counts each failure, and waits after
 * it: a tenth of a second, then twice as long each time, up to a minute. Called by one thread only.
 */
public final class RestartingStage implements Stage {
    private static final long FIRST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_DELAY_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Longest sleep. The thread shows progress only between two calls. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final String name;
    private final Stage stage;
    private final Failures failures;
    private final LongSupplier clock;
    private long delay = FIRST_DELAY_NANOS;
    private long resume;

    /**
     * Wraps a stage.
     *
     * @param name of the stage, under which its failures are counted
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public RestartingStage(String name, Stage stage, Failures failures, LongSupplier clock) {
        this.name = name;
        this.stage = stage;
        this.failures = failures;
        this.clock = clock;
        this.resume = clock.getAsLong();
    }

    @Override
    public void work() throws InterruptedException {
        long wait = resume - clock.getAsLong();
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(Math.min(wait, SLICE_NANOS));
            return;
        }
        try {
            stage.work();
            delay = FIRST_DELAY_NANOS;
        } catch (Exception | StackOverflowError e) {
            failures.add(name, e);
            resume = clock.getAsLong() + delay;
            delay = Math.min(2 * delay, LONGEST_DELAY_NANOS);
        }
    }

    @Override
    public void wake() {
        stage.wake();
    }

    @Override
    public void finish() throws Exception {
        stage.finish();
    }
}
