// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Loss;

/**
 * The time in which one cause keeps flows out of the log. Reports it as losses without a count: each minute while flows are
 * missing, and when that ends. Not thread-safe.
 */
final class BlindTime {
    private static final long INTERVAL_MICROS = TimeUnit.MINUTES.toMicros(1);

    private final Loss.Place place;
    private final Consumer<? super Loss> losses;
    private final LongSupplier clock;
    /** Time until which the log was complete or its loss is reported. */
    private long complete;

    private boolean blind;

    /**
     * Starts while the log is complete.
     *
     * @param clock microseconds since the epoch
     */
    BlindTime(Loss.Place place, Consumer<? super Loss> losses, LongSupplier clock) {
        this.place = place;
        this.losses = losses;
        this.clock = clock;
        this.complete = clock.getAsLong();
    }

    /** Accounts for a check that found the cause. */
    void blind() {
        blind = true;
        if (clock.getAsLong() - complete >= INTERVAL_MICROS) {
            report();
        }
    }

    /** Accounts for a check that did not find the cause, or ended it. */
    void seeing() {
        seeing(clock.getAsLong());
    }

    /**
     * Accounts for a check that found that the cause ended, or is not there.
     *
     * @param since the cause may have begun since this time
     */
    void seeing(long since) {
        if (blind) {
            report();
        }
        blind = false;
        complete = since;
    }

    /** Reports what is not reported yet. */
    void finish() {
        if (blind) {
            report();
        }
    }

    private void report() {
        long now = clock.getAsLong();
        losses.accept(new Loss(place, Loss.UNKNOWN, Math.min(complete, now), now));
        complete = now;
    }
}
