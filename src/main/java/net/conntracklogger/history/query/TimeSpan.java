// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

/**
 * A span of time in microseconds since the epoch.
 *
 * @param since first microsecond of the span
 * @param until first microsecond after the span
 */
public record TimeSpan(long since, long until) {
    /** All times. */
    public static final TimeSpan ALWAYS = new TimeSpan(0, Long.MAX_VALUE);

    /** Reports whether an interval, both ends included, has a microsecond in this span. */
    public boolean overlaps(long first, long last) {
        return first < until && last >= since;
    }
}
