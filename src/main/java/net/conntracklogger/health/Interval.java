// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.function.LongSupplier;

/** Reports each time an interval is over. Used for work that is not done at each check. Not thread-safe. */
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

    /** Returns an interval that is over at once. */
    static Interval dueAtOnce(long length, LongSupplier clock) {
        Interval interval = new Interval(length, clock);
        interval.due = clock.getAsLong();
        return interval;
    }

    /** Starts the interval again. */
    void restart() {
        due = clock.getAsLong() + length;
    }

    /** Reports whether the interval is over, without starting the next one. */
    boolean isDue() {
        return clock.getAsLong() - due >= 0;
    }

    /** Reports whether the interval is over, and starts the next one if it is. */
    boolean isOver() {
        if (!isDue()) {
            return false;
        }
        restart();
        return true;
    }
}
