// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.LongSupplier;

/**
 * Converts times of CLOCK_BOOTTIME to CLOCK_MONOTONIC, which stands still while the machine is suspended.
 *
 * <p>The offset of the two clocks is 0 at boot and grows with each suspend ({@code tk_update_sleep_time()} in
 * {@code kernel/time/timekeeping.c}). The kernel shows only the present offset, so this class remembers those that it saw.
 * Times are nanoseconds. Safe for use by several threads.
 */
final class BootOffsets {
    /** Maximum number of samples. A laptop that is suspended ten times a day needs 100 days for so many. */
    static final int CAPACITY = 1024;
    /** Minimum difference of two samples. A smaller one is the time between reading the two clocks. */
    private static final long PRECISION_NANOS = 1_000_000;

    /** The readings of both clocks, CLOCK_BOOTTIME first: the offset is never too large. */
    private record Sample(long sinceBoot, long monotonic) {
        long offset() {
            return sinceBoot - monotonic;
        }
    }

    private final LongSupplier bootTime;
    private final LongSupplier monotonicTime;
    /** Samples of growing offsets, the most recent first. */
    private final Deque<Sample> samples = new ArrayDeque<>();

    /** Takes the first sample. */
    BootOffsets(LongSupplier bootTime, LongSupplier monotonicTime) {
        this.bootTime = bootTime;
        this.monotonicTime = monotonicTime;
        sample();
    }

    private void sample() {
        long sinceBoot = bootTime.getAsLong();
        Sample now = new Sample(sinceBoot, monotonicTime.getAsLong());
        if (samples.isEmpty() || now.offset() - samples.getFirst().offset() >= PRECISION_NANOS) {
            samples.addFirst(now);
        }
        if (samples.size() > CAPACITY) {
            samples.removeLast();
        }
    }

    /**
     * Returns the CLOCK_MONOTONIC of a time of CLOCK_BOOTTIME, never too early. The result is too late by at most a
     * millisecond unless the machine was suspended between the time and the sample before it. Even then it is not later than
     * the next sample.
     */
    synchronized long monotonic(long sinceBoot) {
        sample();
        long latest = Long.MAX_VALUE;
        for (Iterator<Sample> newest = samples.iterator(); newest.hasNext(); ) {
            Sample sample = newest.next();
            if (sample.sinceBoot <= sinceBoot) {
                return Math.min(sinceBoot - sample.offset(), latest);
            }
            latest = sample.monotonic;
        }
        return Math.min(sinceBoot, latest);
    }
}
