// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads points in time. They are as systemd.time(7) writes them, ISO 8601 with or without a zone, or seconds since the
 * epoch with a fraction, which Zeek prints.
 */
public final class TimeText {
    private static final Pattern CALENDAR = Pattern.compile("(?:(?<weekday>[A-Za-z]{3,9}),?\\s+)?"
            + "(?:(?<year>\\d{2}|\\d{4})-(?<month>\\d{1,2})-(?<day>\\d{1,2}))?"
            + "(?:[T\\s]+)?"
            + "(?:(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9}))?)?)?"
            + "\\s*(?<zone>Z|UTC|[+-]\\d{2}:?\\d{2}|[A-Za-z_]+(?:/[A-Za-z_+0-9-]+)+)?");
    /** From 1973 to 5138. A shorter number is no time since the epoch, but a mistake. */
    private static final Pattern EPOCH = Pattern.compile("@\\d{1,11}(\\.\\d+)?|\\d{9,11}(\\.\\d+)?");

    private final Instant now;
    private final ZoneId zone;

    /** Creates a reader for which it is always {@code now}. Times without a zone are in {@code zone}. */
    public TimeText(Instant now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    /**
     * Reads a point in time.
     *
     * @return microseconds since the epoch
     * @throws IllegalArgumentException if it is none
     */
    public long read(String text) {
        String time = text.strip();
        if (EPOCH.matcher(time).matches()) {
            return new BigDecimal(time.startsWith("@") ? time.substring(1) : time)
                    .movePointRight(6)
                    .longValue();
        }
        if (time.startsWith("-") || time.startsWith("+")) {
            long distance = Durations.read(time.substring(1));
            return micros(now) + (time.startsWith("-") ? -distance : distance);
        }
        if (time.endsWith(" ago")) {
            return micros(now) - Durations.read(time.substring(0, time.length() - " ago".length()));
        }
        return switch (time) {
            case "now" -> micros(now);
            case "today" -> midnight(0);
            case "yesterday" -> midnight(-1);
            case "tomorrow" -> midnight(1);
            default -> calendar(text, CALENDAR.matcher(time));
        };
    }

    private long midnight(int days) {
        return micros(
                LocalDate.ofInstant(now, zone).plusDays(days).atStartOfDay(zone).toInstant());
    }

    private long calendar(String text, Matcher parts) {
        if (!parts.matches() || parts.group("year") == null && parts.group("hour") == null) {
            throw wrong(text);
        }
        try {
            ZoneId in = parts.group("zone") == null ? zone : zone(parts.group("zone"));
            LocalDate date = parts.group("year") == null ? LocalDate.ofInstant(now, in) : date(parts);
            String weekday = parts.group("weekday");
            if (weekday != null && !isNamed(date.getDayOfWeek(), weekday)) {
                throw new IllegalArgumentException("'" + text + "' is no " + weekday);
            }
            LocalTime time = parts.group("hour") == null ? LocalTime.MIDNIGHT : time(parts);
            return micros(LocalDateTime.of(date, time).atZone(in).toInstant());
        } catch (DateTimeException e) {
            throw wrong(text);
        }
    }

    private static boolean isNamed(DayOfWeek day, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String full = day.name().toLowerCase(Locale.ROOT);
        return lower.equals(full) || lower.equals(full.substring(0, 3));
    }

    private static LocalDate date(Matcher parts) {
        int year = Integer.parseInt(parts.group("year"));
        // As systemd: 69 is 1969, 68 is 2068.
        int century = year >= 100 ? 0 : year >= 69 ? 1900 : 2000;
        return LocalDate.of(
                year + century, Integer.parseInt(parts.group("month")), Integer.parseInt(parts.group("day")));
    }

    private static LocalTime time(Matcher parts) {
        String second = parts.group("second");
        String fraction = parts.group("fraction");
        return LocalTime.of(
                Integer.parseInt(parts.group("hour")),
                Integer.parseInt(parts.group("minute")),
                second == null ? 0 : Integer.parseInt(second),
                fraction == null ? 0 : Integer.parseInt((fraction + "00000000").substring(0, 9)));
    }

    private static ZoneId zone(String name) {
        return name.equals("Z") || name.equals("UTC") ? ZoneOffset.UTC : ZoneId.of(name);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException("'" + text
                + "' is no time: use '2026-11-23 02:14:07', 2026-11-23T02:14:07Z, yesterday, -1h or @1795467585");
    }
}
