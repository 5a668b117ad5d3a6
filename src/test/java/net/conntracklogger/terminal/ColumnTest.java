// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnTest {
    @ParameterizedTest
    @CsvSource({
        "curl(215),             10, curl(215)",
        "NetworkManager(54321), 10, Ne…(54321)",
        "NetworkManager(54321),  8, …(54321)",
        "NetworkManager(54321),  7, Networ…",
        "a(1)(54321),           10, a(…(54321)",
        "(process-gone),        10, (process-…",
        "no,                     1, …",
    })
    void keepsThePartInParentheses(String text, int width, String shortened) {
        Column column = Column.required("PROCESS", 10).shortenedBeforeParentheses();
        assertEquals(shortened, column.shorten(text, width));
    }
}
