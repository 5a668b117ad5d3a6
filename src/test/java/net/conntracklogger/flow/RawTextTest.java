// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawTextTest {

    @Test
    void keepsTheBytes() {
        byte[] bytes = HexFormat.of().parseHex("00ff1b0a");
        RawText text = RawText.copyOf(bytes, 0, bytes.length);
        bytes[0] = 1;
        assertEquals(raw("00ff1b0a"), text);
        assertEquals(raw("ff1b"), RawText.copyOf(HexFormat.of().parseHex("00ff1b0a"), 1, 2));
        assertEquals(4, text.length());
        assertEquals(raw("00ff1b0a61"), text.followedBy(RawText.of("a")));
    }

    @Test
    void isTextOnlyIfItIsUtf8() {
        assertEquals("Ü\n", raw("c39c0a").utf8());
        assertNull(raw("c39cff").utf8());
        assertEquals("", raw("").utf8());
        assertTrue(raw("").isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2f62696e2f7368    | /bin/sh
                    2fc3bc            | /ü
                    2f62696e2f0a7368  | /bin/\\x0ash
                    2f625c            | /b\\\\
                    2fff              | /\\xff
                    """)
    void isPrintableInTheFormOfAValue(String hex, String expected) {
        assertEquals(expected, raw(hex).printable().toString());
        assertEquals(expected, raw(hex).toString());
    }

    /** Every entry of a process writes the path of its executable. */
    @ParameterizedTest
    @CsvSource({"2f62696e2f7368", "2fc3bc"})
    void makesItsValueOnce(String hex) {
        RawText text = raw(hex);
        assertSame(text.printable(), text.printable());
    }

    /** The longest path has 4,096 bytes (PATH_MAX). */
    @Test
    void losesTheMiddleOfALongValue() {
        String path = "/first" + "/directory".repeat(409);
        String value = RawText.of(path).printable().toString();
        assertEquals(PrintableText.MAX_LENGTH - 2, value.length());
        assertTrue(value.startsWith("/first/directory/") && value.endsWith("/directory"), value);
        String escaped = RawText.of("\n".repeat(4096)).printable().toString();
        assertTrue(escaped.matches("(\\\\x0a)+ … (\\\\x0a)+"), escaped);
    }

    private static RawText raw(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return RawText.copyOf(bytes, 0, bytes.length);
    }
}
