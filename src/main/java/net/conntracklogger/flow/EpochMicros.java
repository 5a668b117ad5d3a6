// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.LongStream;

/** The clock of entries: microseconds since the epoch. */
public final class EpochMicros {
    private EpochMicros() {}

    /** Returns the time of now. */
    public static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    /** Returns the earliest of some times. 0 stands for an unknown time, and for none. */
    public static long earliest(LongStream times) {
        return times.filter(time -> time != 0).min().orElse(0);
    }
}
