// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecimalTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "0, 0",
                "4294967295, 4294967295",
                "\"  7\", 7",
                "\"7 x\", 7",
                "7:8, 7",
                "999999999999999999, 999999999999999999",
                "1000000000000000000, -1",
                "99999999999999999999999999, -1",
                "-1, -1",
                "x, -1",
                "\"\", -1",
                "\" \", -1"
            })
    void parsesTheNumberAtTheBeginning(String text, long number) {
        assertEquals(number, Decimal.parse(text));
    }
}
