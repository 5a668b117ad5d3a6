// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static final String MARK = " … ";

    /** The file names the source of its columns. */
    @ParameterizedTest
    @CsvFileSource(resources = "command-lines.csv", delimiterString = " -> ", quoteCharacter = '\0', emptyValue = "")
    void quotesAsJournald(String arguments, String expected) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (String argument : (arguments == null ? "" : arguments).split(",", -1)) {
            content.writeBytes(HexFormat.of().parseHex(argument));
            content.write(0);
        }
        assertEquals(expected, quote(content.toByteArray()));
    }

    /** The example of the manual. */
    @Test
    void quotesTheArgumentsThatNeedIt() {
        String arguments = "python3\0-c\0import x\nprint(\"a\")\0it's\0\u00ff\u0001\0";
        assertEquals(
                "python3 -c \"import x\\nprint(\\\"a\\\")\" \"it's\" \"\\377\\001\"",
                quote(arguments.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** journald does not escape these; a terminal obeys or hides them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    61c28562       | "a\\302\\205b"
                    c29b324a       | "\\302\\2332J"
                    e280ae676e70   | "\\342\\200\\256gnp"
                    e281a678       | "\\342\\201\\246x"
                    61e280a862     | "a\\342\\200\\250b"
                    61c2a062       | "a\\302\\240b"
                    61e2808b62     | "a\\342\\200\\213b"
                    78efb88f       | "x\\357\\270\\217"
                    cc8165         | "\\314\\201e"
                    7865cc81       | xé
                    """)
    void escapesWhatIsNotPrintable(String hex, String expected) {
        assertEquals(expected, quote(HexFormat.of().parseHex(hex)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\0\0\0"})
    void isNullWithoutArguments(String arguments) {
        assertNull(CommandLines.YES.quote(ByteBuffer.wrap(bytes(arguments)), arguments.length(), /* cut= */ false));
        assertNull(CommandLines.YES.quote(ByteBuffer.wrap(bytes(arguments)), arguments.length(), /* cut= */ true));
    }

    /** setproctitle(3) leaves one text, and NULs in the place of the other arguments. */
    @Test
    void dropsEmptyArgumentsAtTheEnd() {
        assertEquals("\"sshd: user [priv]\"", quote(bytes("sshd: user [priv]\0\0\0\0")));
        assertEquals("a \"\" b", quote(bytes("a\0\0b\0\0")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    curl,-s,http://example     | curl -s http://example …
                    curl,-s,                   | curl -s …
                    sh,-c,echo a; ec           | sh -c "echo a; ec …
                    sh,-c,echo a; ec,          | sh -c "echo a; ec" …
                    """)
    void marksThatTheEndIsUnknown(String arguments, String expected) {
        byte[] content = bytes(arguments.replace(',', '\0'));
        assertEquals(
                expected + " ",
                CommandLines.YES
                        .quote(ByteBuffer.wrap(content), content.length, /* cut= */ true)
                        .toString());
    }

    @ParameterizedTest
    @CsvSource({"0,a日本 …", "1,a日 …", "2,a日 …", "3,a日 …"})
    void dropsHalfACharacterAtAnUnknownEnd(int less, String expected) {
        byte[] content = bytes("a日本");
        assertEquals(
                expected + " ",
                CommandLines.YES
                        .quote(ByteBuffer.wrap(content), content.length - less, /* cut= */ true)
                        .toString());
    }

    @Test
    void keepsProgramAndLastArgumentsOfALongLine() {
        String line = quote(bytes("java\0-cp\0" + "/usr/share/java/x.jar:".repeat(1000) + "\0Main\0--port\0" + "80"));
        assertTrue(line.startsWith("java -cp /usr/share/java/x.jar:"), line);
        assertTrue(line.endsWith("/x.jar: Main --port 80"), line);
        assertEquals(2, line.split(MARK, -1).length, line);
        assertEquals(PrintableText.MAX_LENGTH, bytes(line).length);
    }

    @ParameterizedTest
    @ValueSource(ints = {3999, 4000})
    void keepsAllOfALineOfMostBytes(int length) {
        String line = "x ".repeat(length / 2 - 1) + "y".repeat(length % 2 + 2);
        assertEquals(length, line.length());
        assertEquals(line, quote(bytes(line.replace(' ', '\0'))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    curl,-s,http://ex | ample,-o,x,  | curl -s http://ex … ample -o x
                    curl,-s,          | ,-o,x,       | curl -s … -o x
                    curl,-s           | ,-o,x,       | curl -s … -o x
                    sh,-c,echo a;     | echo b,x y,  | sh -c "echo a; … "echo b" "x y"
                    setproctitle,     | ,,           | setproctitle …
                    """)
    void marksThatTheMiddleIsUnknown(String beginning, String end, String expected) {
        byte[] content = bytes((beginning + end).replace(',', '\0'));
        String line = CommandLines.YES
                .quoteEnds(ByteBuffer.wrap(content), beginning.length())
                .toString();
        assertEquals(expected, line.strip());
    }

    @ParameterizedTest
    @CsvSource({"0,日 … 本b", "1,日 … b", "2,日 … b", "3,日本 … b"})
    void dropsHalfACharacterAtAnUnknownMiddle(int more, String expected) {
        byte[] content = bytes("日本b\0");
        String line =
                CommandLines.YES.quoteEnds(ByteBuffer.wrap(content), 3 + more).toString();
        assertEquals(expected, line);
    }

    /** A parser of quotes and C escapes gets the arguments back. */
    @Test
    void canBeReadBack() {
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            List<byte[]> arguments = arguments(random);
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            for (byte[] argument : arguments) {
                content.writeBytes(argument);
                content.write(0);
            }
            String line = quote(content.toByteArray());
            assertEquals(hex(arguments), hex(unquote(line)), line);
        }
    }

    private static List<byte[]> arguments(Random random) {
        String characters = "aaaa-/=.é日🐧\u202e\u0301 \"\\$'\n\t\u001b0x7";
        List<byte[]> arguments = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            StringBuilder argument = new StringBuilder();
            for (int length = random.nextInt(8); length > 0; length--) {
                int at = random.nextInt(characters.codePointCount(0, characters.length()));
                argument.appendCodePoint(characters.codePointAt(characters.offsetByCodePoints(0, at)));
            }
            byte[] bytes = bytes(argument.toString());
            if (bytes.length > 0 && random.nextInt(4) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) (0x80 + random.nextInt(0x80));
            }
            arguments.add(bytes);
        }
        arguments.add(bytes("end"));
        return arguments;
    }

    /** Reads quotes and escapes as C has them. */
    private static List<byte[]> unquote(String line) {
        byte[] bytes = bytes(line);
        List<byte[]> arguments = new ArrayList<>();
        ByteArrayOutputStream argument = new ByteArrayOutputStream();
        boolean quoted = false;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '"') {
                quoted = !quoted;
            } else if (bytes[i] == ' ' && !quoted) {
                arguments.add(argument.toByteArray());
                argument.reset();
            } else if (bytes[i] != '\\') {
                argument.write(bytes[i]);
            } else if (bytes[i + 1] >= '0' && bytes[i + 1] <= '7') {
                argument.write(Integer.parseInt(new String(bytes, i + 1, 3, StandardCharsets.US_ASCII), 8));
                i += 3;
            } else {
                int letter = "abtnvfr".indexOf(bytes[++i]);
                argument.write(letter < 0 ? bytes[i] : 7 + letter);
            }
        }
        arguments.add(argument.toByteArray());
        return arguments;
    }

    private static String hex(List<byte[]> arguments) {
        return arguments.stream().map(HexFormat.of()::formatHex).collect(Collectors.joining(","));
    }

    private static String quote(byte[] arguments) {
        return CommandLines.YES
                .quote(ByteBuffer.wrap(arguments), arguments.length, /* cut= */ false)
                .toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
