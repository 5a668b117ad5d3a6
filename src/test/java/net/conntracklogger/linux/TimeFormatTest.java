// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeFormatTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 951_782_399, 951_782_400, 1_795_392_000, 4_102_444_800L, -1})
    void formatsLocalTime(long second) {
        String expected = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss")
                .withZone(ZoneId.systemDefault())
                .format(Instant.ofEpochSecond(second));
        try (TimeFormat format = new TimeFormat("%Y-%m-%d %H:%M:%S")) {
            assertEquals(expected, format.format(second));
        }
    }

    @Test
    void formatsSecondsOfTheEpoch() {
        try (TimeFormat format = new TimeFormat("%s")) {
            assertEquals("1795392000", format.format(1_795_392_000));
            assertEquals("1795392000", format.format(1_795_392_000), "again");
            assertEquals("1795392001", format.format(1_795_392_001));
        }
    }

    @Test
    void passesOtherTextThrough() {
        try (TimeFormat format = new TimeFormat("\u00fc 100%% %%s")) {
            assertEquals("\u00fc 100% %s", format.format(0));
        }
    }

    @Test
    void acceptsAnEmptyFormat() {
        try (TimeFormat format = new TimeFormat("")) {
            assertEquals("", format.format(0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1023, 1024, 5000})
    void refusesATextOfMoreThan1KiBWithItsEnd(int length) {
        String text = "x".repeat(length);
        if (length < 1024) {
            new TimeFormat(text).close();
        } else {
            IllegalArgumentException refusal =
                    assertThrows(IllegalArgumentException.class, () -> new TimeFormat(text).close());
            assertTrue(refusal.getMessage().endsWith("yields nothing, or more than 1024 bytes"));
        }
    }
}
