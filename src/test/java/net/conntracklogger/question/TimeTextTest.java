// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected times are those of systemd-analyze(1), timestamp, where it reads the text. */
class TimeTextTest {
    private final TimeText times =
            new TimeText(Instant.parse("2026-11-27T20:31:11.000000Z"), ZoneId.of("Europe/Berlin"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "now                              | 2026-11-27T20:31:11Z",
                "today                            | 2026-11-26T23:00:00Z",
                "yesterday                        | 2026-11-25T23:00:00Z",
                "tomorrow                         | 2026-11-27T23:00:00Z",
                "-1h                              | 2026-11-27T19:31:11Z",
                "-1h 30min                        | 2026-11-27T19:01:11Z",
                "+5s                              | 2026-11-27T20:31:16Z",
                "3 days ago                       | 2026-11-24T20:31:11Z",
                "-1.5d                            | 2026-11-26T08:31:11Z",
                "@1795467585                      | 2026-11-23T20:59:45Z",
                "@1795467585.5                    | 2026-11-23T20:59:45.5Z",
                "1795467585.084604                | 2026-11-23T20:59:45.084604Z",
                "2026-11-23 02:14:07              | 2026-11-23T01:14:07Z",
                "2026-11-23 02:14                 | 2026-11-23T01:14:00Z",
                "2026-11-23                       | 2026-11-22T23:00:00Z",
                "26-11-23 02:14:07                | 2026-11-23T01:14:07Z",
                "Mon 2026-11-23 02:14:07          | 2026-11-23T01:14:07Z",
                "Monday 2026-11-23                | 2026-11-22T23:00:00Z",
                "02:14:07                         | 2026-11-27T01:14:07Z",
                "02:14                            | 2026-11-27T01:14:00Z",
                "2026-11-23 02:14:07.123456       | 2026-11-23T01:14:07.123456Z",
                "2026-11-23 02:14:07 UTC          | 2026-11-23T02:14:07Z",
                "2026-11-23 02:14:07 Asia/Tokyo   | 2026-11-22T17:14:07Z",
                "2026-07-01 12:00:00              | 2026-07-01T10:00:00Z",
                "2026-11-23T02:14:07Z             | 2026-11-23T02:14:07Z",
                "2026-11-23T02:14:07+05:30        | 2026-11-22T20:44:07Z",
                "2026-11-23T20:59:45.084604+0000  | 2026-11-23T20:59:45.084604Z",
                "2026-11-23T02:14:07              | 2026-11-23T01:14:07Z",
            })
    void readsWhatPeopleAndSensorsWrite(String text, Instant expected) {
        assertEquals(ChronoUnit.MICROS.between(Instant.EPOCH, expected), times.read(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "noon",
                "2026-13-01",
                "2026-02-30",
                "25:00",
                "2026-11-23 02:14:07 Nowhere/City",
                "-",
                "-1fortnight",
                "1h",
                "12",
                "Tue 2026-11-23",
                "@"
            })
    void refusesWhatIsNoTime(String text) {
        assertThrows(IllegalArgumentException.class, () -> times.read(text));
    }
}
