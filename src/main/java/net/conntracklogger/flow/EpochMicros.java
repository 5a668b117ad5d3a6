// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The clock of entries: microseconds since the epoch. */
public final class EpochMicros {
    private EpochMicros() {}

    /** Returns the time of now. */
    public static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
