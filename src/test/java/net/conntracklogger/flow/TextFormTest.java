// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFormTest {

    /** Bytes in hexadecimal, and their form as a value. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    6375726c202d73       | curl -s
                    5c6e                 | \\\\n
                    5c5c                 | \\\\\\\\
                    610a62               | a\\x0ab
                    1b5b324a             | \\x1b[2J
                    1b5d303b7807         | \\x1b]0;x\\x07
                    007f                 | \\x00\\x7f
                    09                   | \\x09
                    c39c626572           | Über
                    e697a5e69cac         | 日本
                    f09f90a7             | 🐧
                    c285                 | \\xc2\\x85
                    c29b324a             | \\xc2\\x9b2J
                    61c2a062             | a\\xc2\\xa0b
                    e38080               | \\xe3\\x80\\x80
                    c2ad                 | \\xc2\\xad
                    d89c                 | \\xd8\\x9c
                    e280ae               | \\xe2\\x80\\xae
                    e281a6               | \\xe2\\x81\\xa6
                    e2808b               | \\xe2\\x80\\x8b
                    e2808d               | \\xe2\\x80\\x8d
                    e280a8               | \\xe2\\x80\\xa8
                    e280a9               | \\xe2\\x80\\xa9
                    efbbbf61             | \\xef\\xbb\\xbfa
                    ee8080               | \\xee\\x80\\x80
                    f3a08181             | \\xf3\\xa0\\x81\\x81
                    e29da4efb88f         | ❤\\xef\\xb8\\x8f
                    e385a4               | \\xe3\\x85\\xa4
                    e1859f               | \\xe1\\x85\\x9f
                    e2a080               | \\xe2\\xa0\\x80
                    cd8f                 | \\xcd\\x8f
                    efbfbf               | \\xef\\xbf\\xbf
                    f48fbfbd             | \\xf4\\x8f\\xbf\\xbd
                    65cc81               | e\u0301
                    65cc81cc82           | e\u0301\u0302
                    e0a495e0a58d         | \u0915\u094d
                    cc81                 | \\xcc\\x81
                    31cc81               | 1\\xcc\\x81
                    20cc81               | \\x20\\xcc\\x81
                    1bcc81               | \\x1b\\xcc\\x81
                    9b324a               | \\x9b2J
                    c3                   | \\xc3
                    61c3bc80             | aü\\x80
                    e697a5e69c           | 日\\xe6\\x9c
                    eda080               | \\xed\\xa0\\x80
                    c080                 | \\xc0\\x80
                    e08080               | \\xe0\\x80\\x80
                    f4908080             | \\xf4\\x90\\x80\\x80
                    f8888080             | \\xf8\\x88\\x80\\x80
                    """)
    void escapesInAValueOnlyWhatIsNotPrintable(String hex, String expected) {
        // CSV drops a leading space.
        assertEquals(expected.replaceFirst("^\\\\x20", " "), form(TextForm.VALUE, hex));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    x(1) < systemd       | x\\x281\\x29\\x20\\x3c\\x20systemd
                    a\\x20b              | a\\x5cx20b
                    (sd-pam)             | \\x28sd-pam\\x29
                    kworker/0:1-events   | kworker/0:1-events
                    a, no process        | a,\\x20no\\x20process
                    a>b                  | a>b
                    ü\u001bx             | ü\\x1bx
                    """)
    void escapesInANameWhatEndsIt(String name, String expected) {
        StringBuilder text = new StringBuilder("> ");
        TextForm.NAME.append(text, name);
        assertEquals("> " + expected, text.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /system.slice/system-openvpn\\x2dclient.slice  | /system.slice/system-openvpn\\x2dclient.slice
                    /docker/a (b) <c>                             | /docker/a (b) <c>
                    line\\n\u001b[2J                               | line\\n\\x1b[2J
                    """)
    void leavesABackslashInText(String value, String expected) {
        StringBuilder text = new StringBuilder();
        TextForm.TEXT.append(text, value);
        assertEquals(expected, text.toString());
    }

    @Test
    void knowsWhatItLeavesAsItIs() {
        for (char c = 0; c < 0x100; c++) {
            String character = Character.toString(c);
            boolean printable = c >= ' ' && c < 0x7f;
            assertEquals(printable && c != '\\', TextForm.VALUE.isPlain(character), character);
            assertEquals(printable, TextForm.TEXT.isPlain(character), character);
            assertEquals(printable && "\\()< ".indexOf(c) < 0, TextForm.NAME.isPlain(character), character);
        }
        assertTrue(TextForm.VALUE.isPlain(""));
        assertFalse(TextForm.VALUE.isPlain("日"));
    }

    @Test
    void writesNoCharacterThatATerminalObeys() {
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            assertSafe(HexFormat.of().formatHex(bytes));
        }
        for (int character = 0; character <= Character.MAX_CODE_POINT; character += character < 0x3000 ? 1 : 7) {
            byte[] bytes = ("a" + Character.toString(character)).getBytes(StandardCharsets.UTF_8);
            assertSafe(HexFormat.of().formatHex(bytes));
        }
    }

    private static void assertSafe(String hex) {
        String value = form(TextForm.VALUE, hex);
        assertTrue(value.chars().noneMatch(TextFormTest::isObeyed), value);
        assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(value), value);
    }

    private static boolean isObeyed(int character) {
        boolean controls = character < 0x20 || character >= 0x7f && character <= 0x9f;
        boolean direction = character == 0x61c
                || character >= 0x200b && character <= 0x200f
                || character >= 0x2028 && character <= 0x202e
                || character >= 0x2060 && character <= 0x206f;
        return controls || direction;
    }

    private static String form(TextForm form, String hex) {
        StringBuilder text = new StringBuilder();
        form.append(text, HexFormat.of().parseHex(hex));
        return text.toString();
    }
}
