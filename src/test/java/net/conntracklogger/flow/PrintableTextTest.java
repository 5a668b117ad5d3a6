// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintableTextTest {
    private static final String MARK = " … ";
    /** Characters, escapes that this program writes, and a letter with its marks. */
    private static final List<String> UNITS =
            List.of("a", " ", "x", "0", "é", "日", "🐧", "e\u0301\u0302", "\\x1b", "\\\\", "\\377", "\\n", "\\\"");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    abcdefghijklmnop  | 16 | abcdefghijklmnop
                    abcdefghijklmnop  | 15 | abcde … lmnop
                    abcdefghijklmnop  | 14 | abcd … lmnop
                    äbcdefghijklmnöp  | 15 | äbcd … mnöp
                    aaaaäbbbbbbbbbcc  | 15 | aaaa … bbbbcc
                    abcdefghijkläcde  | 15 | abcde … äcde
                    abcd\\x1bxyzuvwxy | 15 | abcd … zuvwxy
                    abcdefghijk\\x1bd | 15 | abcde … \\x1bd
                    abcdefghijk\\x1bd | 14 | abcd … \\x1bd
                    abcdefghijk\\x1bd | 13 | abcd … d
                    abcdefghij\\\\\\\\bc | 15 | abcde … \\\\bc
                    abcdefghij\\\\\\\\bc | 13 | abcd … \\\\bc
                    """)
    void losesItsMiddleIfItIsTooLong(String text, int limit, String expected) {
        StringBuilder line = new StringBuilder("> ");
        PrintableText.of(text).appendTo(line, limit);
        assertEquals("> " + expected, line.toString());
    }

    @Test
    void isCutBetweenCharactersAndEscapes() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            List<String> units = units(random, 60);
            String whole = String.join("", units);
            int limit = 20 + random.nextInt(60);
            StringBuilder line = new StringBuilder();
            PrintableText.of(whole).appendTo(line, limit);
            if (bytes(whole).length <= limit) {
                assertEquals(whole, line.toString());
                continue;
            }
            int mark = line.indexOf(MARK);
            String head = line.substring(0, mark);
            String tail = line.substring(mark + MARK.length());
            assertTrue(bytes(line.toString()).length <= limit, line::toString);
            assertTrue(bytes(line.toString()).length > limit - 20, line::toString);
            assertTrue(isPrefix(units, head), () -> head + " of " + whole);
            assertTrue(isSuffix(units, tail), () -> tail + " of " + whole);
        }
    }

    @Test
    void hasAtMostFourThousandBytes() {
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            List<String> units = units(random, 4000);
            String whole = String.join("", units);
            PrintableText text = PrintableText.of(whole);
            assertEquals(bytes(text.toString()).length, text.length());
            if (bytes(whole).length <= PrintableText.MAX_LENGTH) {
                assertEquals(whole, text.toString());
            } else {
                assertTrue(text.length() <= PrintableText.MAX_LENGTH && text.length() > PrintableText.MAX_LENGTH - 20);
                assertTrue(text.toString().contains(MARK));
            }
            PrintableText ends = PrintableText.ofEnds(whole, whole);
            assertTrue(ends.length() <= PrintableText.MAX_LENGTH);
            String[] parts = ends.toString().split(MARK, 2);
            assertTrue(isPrefix(units, parts[0]) && isSuffix(units, parts[1]));
            PrintableText beginning = PrintableText.ofBeginning(whole);
            assertTrue(beginning.length() <= PrintableText.MAX_LENGTH);
            assertTrue(beginning.toString().endsWith(MARK));
            assertTrue(isPrefix(
                    units,
                    beginning.toString().substring(0, beginning.toString().length() - 3)));
        }
    }

    @Test
    void putsItsBytes() {
        PrintableText text = PrintableText.of("日 x");
        byte[] written = new byte[7];
        text.writeTo(written, 1);
        assertEquals(5, text.length());
        assertEquals("\0日 x\0", new String(written, StandardCharsets.UTF_8));
    }

    @Test
    void isEqualByItsText() {
        assertEquals(PrintableText.of("a"), PrintableText.of("a"));
        assertEquals(PrintableText.of("a").hashCode(), PrintableText.of("a").hashCode());
        assertNotEquals(PrintableText.of("a"), PrintableText.of("b"));
    }

    private static List<String> units(Random random, int most) {
        List<String> units = new ArrayList<>();
        for (int count = 1 + random.nextInt(most); count > 0; count--) {
            units.add(UNITS.get(random.nextInt(UNITS.size())));
        }
        return units;
    }

    /** Reports whether the text begins the units and ends between two. Marks may be cut off: the letter before them is whole. */
    private static boolean isPrefix(List<String> units, String text) {
        int at = 0;
        for (String unit : units) {
            int left = text.length() - at;
            if (left == 0 || unit.startsWith("e\u0301") && left < unit.length()) {
                return unit.startsWith(text.substring(at));
            }
            if (!text.startsWith(unit, at)) {
                return false;
            }
            at += unit.length();
        }
        return at == text.length();
    }

    /** Reports whether the text ends the units and begins between two. */
    private static boolean isSuffix(List<String> units, String text) {
        int at = text.length();
        for (int i = units.size() - 1; i >= 0 && at > 0; i--) {
            at -= units.get(i).length();
            if (at < 0 || !text.startsWith(units.get(i), at)) {
                return false;
            }
        }
        return at == 0;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
