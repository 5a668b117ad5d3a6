// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Waits for the kernel or another process, of which no event arrives here. */
public final class Wait {
    /** Longer than any condition takes that comes true at all. */
    private static final long PATIENCE_SECONDS = 30;

    private Wait() {}

    /**
     * Waits until the condition holds.
     *
     * @param state what holds then, for the message of the failure
     * @throws AssertionError if the condition does not hold within 30 s
     */
    public static void until(String state, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + PATIENCE_SECONDS + " s: " + state);
            }
            Thread.sleep(1);
        }
    }

    /** Waits until the supplier returns a value other than null, and returns the value. */
    public static <T> T forValue(String name, Supplier<T> supplier) throws Exception {
        until(name + " is known", () -> supplier.get() != null);
        return supplier.get();
    }
}
