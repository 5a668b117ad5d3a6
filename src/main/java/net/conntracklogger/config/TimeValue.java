// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A length of time in the syntax of systemd.time(7), such as {@code 1h 30min}. A number without a unit is in seconds.
 */
final class TimeValue {
    private static final Pattern PART = Pattern.compile("\\s*(\\d{1,9})(?!\\d)\\s*([a-z]*)");

    private static final Map<String, Long> SECONDS = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("s", 1L),
            Map.entry("sec", 1L),
            Map.entry("second", 1L),
            Map.entry("seconds", 1L),
            Map.entry("m", 60L),
            Map.entry("min", 60L),
            Map.entry("minute", 60L),
            Map.entry("minutes", 60L),
            Map.entry("h", 3600L),
            Map.entry("hr", 3600L),
            Map.entry("hour", 3600L),
            Map.entry("hours", 3600L),
            Map.entry("d", 86_400L),
            Map.entry("day", 86_400L),
            Map.entry("days", 86_400L),
            Map.entry("w", 604_800L),
            Map.entry("week", 604_800L),
            Map.entry("weeks", 604_800L));

    private TimeValue() {}

    /** Returns the length in seconds; empty if the text is none. */
    static OptionalLong seconds(String text) {
        Matcher part = PART.matcher(text);
        long sum = 0;
        int end = 0;
        while (end < text.length()) {
            if (!part.find(end) || part.start() != end || !SECONDS.containsKey(part.group(2))) {
                return OptionalLong.empty();
            }
            sum += Long.parseLong(part.group(1)) * SECONDS.get(part.group(2));
            end = part.end();
        }
        return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(sum);
    }
}
