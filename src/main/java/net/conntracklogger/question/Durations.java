// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads lengths of time as systemd.time(7) writes them. */
public final class Durations {
    private static final Pattern PART = Pattern.compile("\\G\\s*(\\d{1,15}(?:\\.\\d{1,9})?)\\s*([A-Za-zµμ]*)\\s*");
    private static final long SECOND = 1_000_000;

    private Durations() {}

    /**
     * Reads a length of time such as {@code 5s}, {@code 1h 30min} or {@code 90}, which are seconds.
     *
     * @return microseconds
     * @throws IllegalArgumentException if it is none
     */
    public static long read(String text) {
        Matcher part = PART.matcher(text);
        BigDecimal total = BigDecimal.ZERO;
        int end = 0;
        while (part.find()) {
            total = total.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2), text))));
            end = part.end();
        }
        if (end == 0 || end < text.length() || total.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) > 0) {
            throw wrong(text);
        }
        return total.longValue();
    }

    private static long unit(String name, String text) {
        return switch (name) {
            case "us", "usec", "µs", "μs" -> 1;
            case "ms", "msec" -> 1000;
            case "", "s", "sec", "second", "seconds" -> SECOND;
            case "m", "min", "minute", "minutes" -> 60 * SECOND;
            case "h", "hr", "hour", "hours" -> 3600 * SECOND;
            case "d", "day", "days" -> 86_400 * SECOND;
            case "w", "week", "weeks" -> 7 * 86_400 * SECOND;
            // 30.44 days and 365.25 days, as in systemd.
            case "M", "month", "months" -> 2_629_800 * SECOND;
            case "y", "year", "years" -> 31_557_600 * SECOND;
            default -> throw wrong(text);
        };
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no length of time: use numbers with us, ms, s, min, h, d, w, month or y");
    }
}
