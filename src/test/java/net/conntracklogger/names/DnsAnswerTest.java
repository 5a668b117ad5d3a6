// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages in hexadecimal: {@code Q} is a header with one question and one answer, {@code W} the question for the address of
 * www.example.org, at offset 12, {@code R} the record that 192.0.2.1 is its address, for a minute.
 */
class DnsAnswerTest {
    private static final String HEADER = "123481800001000100000000";
    private static final String QUESTION = "03777777076578616d706c65036f7267 00 0001 0001";
    private static final String RECORD = "c00c 0001 0001 0000003c 0004 c0000201";

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            nullValues = "-",
            value = {
                "an address,                    Q W R, www.example.org [192.0.2.1 60]",
                "upper case,                    Q 03575757074578414d504c45036f7267 00 0001 0001 R, www.example.org [192.0.2.1 60]",
                "two addresses,                 12348180 0001 0002 0000 0000 W R c00c 0001 0001 00000e10 0004 c0000202,"
                        + " www.example.org [192.0.2.1 60; 192.0.2.2 3600]",
                "IPv6,                          Q 0161 00 001c 0001 c00c 001c 0001 0000003c 0010"
                        + " 20010db8000000000000000000000001, a [2001:db8::1 60]",
                "a mapped address,              Q 0161 00 001c 0001 c00c 001c 0001 0000003c 0010"
                        + " 00000000000000000000ffffc0000201, a [192.0.2.1 60]",
                "no address,                    12348180 0001 0000 0000 0000 W, www.example.org []",
                "an alias,                      12348180 0001 0002 0000 0000 W c00c 0005 0001 0000003c 0004 016e c010"
                        + " c02d 0001 0001 0000003c 0004 c0000201, www.example.org [192.0.2.1 60]",
                "an alias behind its address,   12348180 0001 0002 0000 0000 W 016e c010 0001 0001 0000003c 0004 c0000201"
                        + " c00c 0005 0001 0000003c 0004 016e c010, www.example.org [192.0.2.1 60]",
                "aliases in a circle,           12348180 0001 0002 0000 0000 W c00c 0005 0001 0000003c 0004 016e c010"
                        + " 016e c010 0005 0001 0000003c 0002 c00c, www.example.org []",
                "another name's address,        Q W 016e c010 0001 0001 0000003c 0004 c0000201, www.example.org []",
                "an address of another class,   Q W c00c 0001 0003 0000003c 0004 c0000201, www.example.org []",
                "an address beside the answer,  12348180 0001 0000 0000 0001 W R, www.example.org []",
                "a TTL of 32 bits,              Q W c00c 0001 0001 80000000 0004 c0000201, www.example.org [192.0.2.1 0]",
                "a record of an unknown type,   Q W c00c ff01 0001 0000003c 0004 c0000201, www.example.org []",
                "a dot and a zero in the name,  Q 03 612e00 00 0001 0001 R, a\\.\\000 [192.0.2.1 60]",
            })
    void parses(String what, String message, String expected) throws MalformedAnswerException {
        assertEquals(expected, text(DnsAnswer.parse(bytes(message))), what);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1234",
                "123481800001000100000000",
                "12348180 0000 0001 0000 0000 R",
                "Q W",
                "Q 03777777",
                "Q 40 777777 00 0001 0001 R",
                "Q W c00c 0001 0001 0000003c 0004 c00002",
                "Q W c00c 0001 0001 0000003c 0005 c000020101",
                "Q W c00c 001c 0001 0000003c 0004 c0000201",
                "Q W c00c 0001 0001 0000003c ffff c0000201",
                "12348180 0001 ffff 0000 0000 W R",
                // Pointers to itself, forward and in a circle.
                "Q c00c 0001 0001 R",
                "Q W c021 0001 0001 0000003c 0004 c0000201",
                "Q W c0ff 0001 0001 0000003c 0004 c0000201",
                "Q W 0161 c021 0001 0001 0000003c 0004 c0000201",
            })
    void rejectsWhatIsMalformed(String message) {
        assertThrows(MalformedAnswerException.class, () -> DnsAnswer.parse(bytes(message)));
    }

    /** Names of 64 bytes that each end in a pointer to the one before: 255 bytes are the most that a name can have. */
    @Test
    void rejectsNamesThatGrowByPointers() {
        String label = "3f" + "61".repeat(63);
        String address = "0001 0001 0000003c 0004 c0000201";
        String message = "12348180 0001 0003 0000 0000" + label + "00 0001 0001" + label + "c00c" + address + label
                + "c051" + address + label + "c0a1" + address;
        assertThrows(MalformedAnswerException.class, () -> DnsAnswer.parse(bytes(message)));
    }

    /** The longest message that is copied, of records with pointers, does not keep the thread that parses it. */
    @Test
    void parsesTheLongestMessageInTime() throws MalformedAnswerException {
        int records = (4084 - 33) / 16;
        String message = "12348180 0001 %04x 0000 0000 W".formatted(records) + RECORD.repeat(records);
        DnsAnswer answer = assertTimeoutPreemptively(Duration.ofSeconds(5), () -> DnsAnswer.parse(bytes(message)));
        assertEquals(records, answer.found().size());
    }

    /** No message makes the parser throw anything else. */
    @Test
    void survivesEveryCutAndEveryChangedByte() {
        byte[] whole = new byte[bytes("Q W R").remaining()];
        bytes("Q W R").get(whole);
        for (int i = 0; i < whole.length; i++) {
            tryToParse(ByteBuffer.wrap(whole, 0, i).slice());
            for (int value = 0; value < 256; value++) {
                byte[] changed = whole.clone();
                changed[i] = (byte) value;
                tryToParse(ByteBuffer.wrap(changed));
            }
        }
    }

    private static void tryToParse(ByteBuffer message) {
        try {
            DnsAnswer.parse(message);
        } catch (MalformedAnswerException e) {
            // One of the two results that are allowed.
        }
    }

    private static ByteBuffer bytes(String message) {
        String hex = message.replace("Q", HEADER).replace("W", QUESTION).replace("R", RECORD);
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static String text(DnsAnswer answer) {
        return answer.name() + " "
                + answer.found().stream()
                        .map(found -> found.address() + " " + found.ttl())
                        .reduce((a, b) -> a + "; " + b)
                        .map(text -> "[" + text + "]")
                        .orElse("[]");
    }
}
