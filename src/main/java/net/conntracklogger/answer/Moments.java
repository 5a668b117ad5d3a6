// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import net.conntracklogger.linux.TimeFormat;

/** Writes points in time, in microseconds since the epoch, for people. Not thread-safe. */
public final class Moments implements AutoCloseable {
    private static final int MICROS = 1_000_000;
    /** A span that is shorter needs milliseconds. */
    private static final long SHORT_SPAN = 2L * MICROS;

    private static final int DATE_LENGTH = "2026-11-23 ".length();

    private final TimeFormat full;
    private final TimeFormat brief;
    private final TimeFormat zone;

    /** @param utc whether times are in UTC, else in the time zone of the system */
    public Moments(boolean utc) {
        full = new TimeFormat("%Y-%m-%d %H:%M:%S", utc);
        brief = new TimeFormat("%b %d %H:%M:%S", utc);
        // gmtime_r(3) of glibc calls the zone GMT.
        zone = new TimeFormat(utc ? "UTC" : "%Z", utc);
    }

    /** Returns date and time, {@code 2026-11-23 02:14:07}. */
    public String full(long time) {
        return full.format(Math.floorDiv(time, MICROS));
    }

    /** Returns date, time and zone. */
    public String zoned(long time) {
        return full(time) + " " + zone.format(Math.floorDiv(time, MICROS));
    }

    /** Returns {@code Nov 23 02:14:07}, as journalctl(1) does. */
    public String brief(long time) {
        return brief.format(Math.floorDiv(time, MICROS));
    }

    /** Returns a time with milliseconds. */
    public String precise(long time) {
        return full(time) + "."
                + Long.toString(Math.floorMod(time, (long) MICROS) / 1000 + 1000)
                        .substring(1);
    }

    /** Returns both ends of a span with a word between them, and the zone. The second has no date if it is that of the first. */
    public String span(long since, long until, String between) {
        boolean precise = until - since < SHORT_SPAN && (since % MICROS != 0 || until % MICROS != 0);
        String first = precise ? precise(since) : full(since);
        String last = precise ? precise(until) : full(until);
        if (first.equals(last)) {
            return zoned(since);
        }
        boolean sameDay = first.regionMatches(0, last, 0, DATE_LENGTH);
        return first + " " + between + " " + (sameDay ? last.substring(DATE_LENGTH) : last) + " "
                + zone.format(Math.floorDiv(until, MICROS));
    }

    @Override
    public void close() {
        full.close();
        brief.close();
        zone.close();
    }
}
