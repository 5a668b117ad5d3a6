// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawTextTest {

    /** Bytes in hexadecimal, and how they are shown. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    6375726c202d73       | curl -s
                    5c6e                 | \\x5cn
                    610a62               | a\\x0ab
                    1b5b324a             | \\x1b[2J
                    1b5d303b7807         | \\x1b]0;x\\x07
                    007f                 | \\x00\\x7f
                    c39c626572           | Über
                    e697a5e69cac         | 日本
                    f09f90a7             | 🐧
                    c285                 | \\xc2\\x85
                    c29b324a             | \\xc2\\x9b2J
                    e280ae               | \\xe2\\x80\\xae
                    e281a6               | \\xe2\\x81\\xa6
                    e2808b               | \\xe2\\x80\\x8b
                    e280a8               | \\xe2\\x80\\xa8
                    efbbbf61             | \\xef\\xbb\\xbfa
                    ee8080               | \\xee\\x80\\x80
                    f3a08181             | \\xf3\\xa0\\x81\\x81
                    9b324a               | \\x9b2J
                    c3                   | \\xc3
                    61c3bc80             | a\\xc3\\xbc\\x80
                    eda080               | \\xed\\xa0\\x80
                    c080                 | \\xc0\\x80
                    f4908080             | \\xf4\\x90\\x80\\x80
                    """)
    void showsOnlyWhatIsSafe(String hex, String shown) {
        assertEquals(shown, raw(hex).printable());
        assertEquals(shown, raw(hex).toString());
    }

    @Test
    void neverShowsAControlCharacter() {
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            assertSafe(RawText.copyOf(bytes, 0, bytes.length));
        }
        for (int character = 0; character <= Character.MAX_CODE_POINT; character += 7) {
            assertSafe(RawText.of(Character.toString(character)));
        }
        for (int character = 0; character < 0x3000; character++) {
            assertSafe(RawText.of(Character.toString(character)));
        }
    }

    private static void assertSafe(RawText text) {
        String shown = text.printable();
        assertTrue(shown.chars().noneMatch(RawTextTest::isControl), shown);
        assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(shown), shown);
    }

    private static boolean isControl(int character) {
        boolean controls = character < 0x20 || character >= 0x7f && character <= 0x9f;
        boolean direction = character == 0x61c
                || character >= 0x200b && character <= 0x200f
                || character >= 0x2028 && character <= 0x202e
                || character >= 0x2060 && character <= 0x206f;
        return controls || direction;
    }

    @ParameterizedTest
    @CsvSource({"abcdef,6,abcdef", "abcdef,5,abcde...", "abcdef,0,...", "ab🐧,3,ab...", "ab🐧,4,ab🐧"})
    void cutsAtTheLimit(String text, int limit, String shown) {
        StringBuilder line = new StringBuilder("> ");
        RawText.of(text).appendPrintable(line, limit);
        assertEquals("> " + shown, line.toString());
    }

    @Test
    void cutsNoEscapeInTwo() {
        StringBuilder line = new StringBuilder();
        raw("61621b1b").appendPrintable(line, 8);
        assertEquals("ab\\x1b...", line.toString());
    }

    @Test
    void keepsTheBytes() {
        byte[] bytes = HexFormat.of().parseHex("00ff1b0a");
        RawText text = RawText.copyOf(bytes, 0, bytes.length);
        bytes[0] = 1;
        ByteBuffer written = ByteBuffer.allocate(text.length());
        text.writeTo(written);
        assertArrayEquals(HexFormat.of().parseHex("00ff1b0a"), written.array());
        text.bytes()[0] = 1;
        assertEquals(raw("00ff1b0a"), text);
    }

    @Test
    void hasAUtf8TextOnlyWhereItIsOne() {
        assertEquals("Ü\n", raw("c39c0a").utf8());
        assertNull(raw("c39cff").utf8());
        assertEquals("", raw("").utf8());
        assertTrue(raw("").isEmpty());
    }

    private static RawText raw(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return RawText.copyOf(bytes, 0, bytes.length);
    }
}
