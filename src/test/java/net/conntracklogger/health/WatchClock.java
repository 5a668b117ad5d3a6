// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;

/** The two clocks of a watch, and the checks that the service makes once a second. */
final class WatchClock {
    static final long SECOND = 1_000_000_000;
    private static final long MICRO = 1_000_000;

    private long nanos = Long.MAX_VALUE - SECOND; // It wraps soon.
    private long micros = 1_000 * MICRO;

    /** As {@link System#nanoTime}. */
    long nanos() {
        return nanos;
    }

    /** Microseconds since the epoch; the first second is the thousandth. */
    long micros() {
        return micros;
    }

    /** Lets seconds pass without a check. */
    void pass(int seconds) {
        nanos += seconds * SECOND;
        micros += seconds * MICRO;
    }

    /** Checks once a second, as the service does, and returns what was reported. */
    List<Notice> check(Watch watch, int seconds) {
        List<Notice> notices = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            pass(1);
            watch.check().ifPresent(notices::add);
        }
        return notices;
    }

    /** A loss between two seconds. */
    static Loss loss(Loss.Place place, long count, long since, long until) {
        return new Loss(place, count, since * MICRO, until * MICRO);
    }
}
