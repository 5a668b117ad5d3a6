// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "5s, 5000000",
        "90, 90000000",
        "1h 30min, 5400000000",
        "1h30m, 5400000000",
        "250 ms, 250000",
        "0.5s, 500000",
        "7us, 7",
        "2 weeks, 1209600000000",
        "1y, 31557600000000",
        "1 month, 2629800000000",
    })
    void readsUnitsOfSystemd(String text, long micros) {
        assertEquals(micros, Durations.read(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "5x", "5s later", "-5s", "99999999999999y"})
    void refusesOtherText(String text) {
        assertThrows(IllegalArgumentException.class, () -> Durations.read(text));
    }
}
