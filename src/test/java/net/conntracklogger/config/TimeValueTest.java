// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeValueTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "90, 90",
        "90s, 90",
        "15min, 900",
        "15 min, 900",
        "1h, 3600",
        "1h 30min, 5400",
        "1h30min, 5400",
        "2d, 172800",
        "1w, 604800",
        "2hours 1m 5sec, 7265"
    })
    void isInSeconds(String text, long seconds) {
        assertEquals(OptionalLong.of(seconds), TimeValue.seconds(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "h", "-1", "1x", "1h-", "1.5h", "infinity", "99999999999"})
    void refusesWhatIsNone(String text) {
        assertEquals(OptionalLong.empty(), TimeValue.seconds(text));
    }
}
