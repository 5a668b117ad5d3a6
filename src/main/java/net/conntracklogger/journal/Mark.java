// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

/**
 * The number of entries that were sent to the journal before a time.
 *
 * @param time microseconds since the epoch
 * @param nanos the same time, nanoseconds of CLOCK_MONOTONIC
 */
record Mark(long time, long nanos, long sent) {
    /** Reports whether CLOCK_REALTIME was set between an earlier mark and this, by more than {@code micros}. */
    boolean isClockSetSince(Mark earlier, long micros) {
        return Math.abs(time - earlier.time - (nanos - earlier.nanos) / 1000) > micros;
    }
}
