// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.function.LongSupplier;

/** Reports each time an interval is over, for what is not to be done at each check. Not thread-safe. */
final class Interval {
    private final long length;
    private final LongSupplier clock;
    private long due;

    /**
     * Starts the first interval now.
     *
     * @param length nanoseconds
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    Interval(long length, LongSupplier clock) {
        this.length = length;
        this.clock = clock;
        restart();
    }

    /** Starts the interval again. */
    void restart() {
        due = clock.getAsLong() + length;
    }

    /** Reports whether the interval is over, and starts the next one if it is. */
    boolean isOver() {
        if (clock.getAsLong() - due < 0) {
            return false;
        }
        restart();
        return true;
    }
}
