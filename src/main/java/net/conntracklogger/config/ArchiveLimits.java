// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The section {@code [Archive]}.
 *
 * @param keepSeconds how long flows are kept
 * @param maxUse maximum size of the archive in bytes; empty: a tenth of the file system, 16 GiB at most
 */
public record ArchiveLimits(long keepSeconds, OptionalLong maxUse) {
    private static final long HOUR = 3600;
    private static final long DAY = 24 * HOUR;
    /** The year of systemd.time(7) has 365.25 days. */
    private static final long YEAR = 31_557_600;

    private static final long LARGEST_KEEP = 1000 * YEAR;
    private static final long MONTH = YEAR / 12;
    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("h", HOUR),
            Map.entry("hr", HOUR),
            Map.entry("hour", HOUR),
            Map.entry("hours", HOUR),
            Map.entry("d", DAY),
            Map.entry("day", DAY),
            Map.entry("days", DAY),
            Map.entry("w", 7 * DAY),
            Map.entry("week", 7 * DAY),
            Map.entry("weeks", 7 * DAY),
            Map.entry("M", MONTH),
            Map.entry("month", MONTH),
            Map.entry("months", MONTH),
            Map.entry("y", YEAR),
            Map.entry("year", YEAR),
            Map.entry("years", YEAR));
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})\\s*([a-zA-Z]+)\\s*");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([KMGT])");

    /** The values of keys that are not set. */
    static final ArchiveLimits DEFAULT = new ArchiveLimits(YEAR, OptionalLong.empty());

    /** Returns these limits with a setting of the section changed. */
    ArchiveLimits with(Setting setting) throws ConfigurationException {
        return switch (setting.key()) {
            case "Keep" -> new ArchiveLimits(seconds(setting), maxUse);
            case "MaxUse" -> new ArchiveLimits(keepSeconds, bytes(setting));
            default -> throw setting.wrong("unknown key; use Keep or MaxUse");
        };
    }

    private static long seconds(Setting setting) throws ConfigurationException {
        Matcher parts = SPAN.matcher(setting.value());
        long seconds = 0;
        int end = 0;
        while (parts.find() && parts.start() == end && UNITS.containsKey(parts.group(2))) {
            seconds += Long.parseLong(parts.group(1)) * UNITS.get(parts.group(2));
            end = parts.end();
        }
        if (end != setting.value().length() || seconds < DAY || seconds > LARGEST_KEEP) {
            throw setting.wrong("use a time from 1d to 1000y, such as 90d, 6month or 1y");
        }
        return seconds;
    }

    private static OptionalLong bytes(Setting setting) throws ConfigurationException {
        if (setting.value().isEmpty()) {
            return OptionalLong.empty();
        }
        Matcher matcher = SIZE.matcher(setting.value());
        if (!matcher.matches()) {
            throw setting.wrong("use a size such as 500M, 16G or 2T, or nothing for the default");
        }
        return OptionalLong.of(Long.parseLong(matcher.group(1)) << 10 * ("KMGT".indexOf(matcher.group(2)) + 1));
    }
}
