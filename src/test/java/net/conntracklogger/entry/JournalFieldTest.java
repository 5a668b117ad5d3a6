// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalFieldTest {

    @ParameterizedTest
    @EnumSource
    void isInTheListOfPublicFields(JournalField field) throws IOException {
        assertTrue(contract().contains(field.name()));
    }

    /** sd_journal_sendv(3): capitals, digits and underscores, not an underscore first, at most 64 characters. */
    @ParameterizedTest
    @EnumSource
    void isAValidNameInTheJournal(JournalField field) {
        assertTrue(field.name().matches("[A-Z][A-Z0-9_]{0,63}"));
    }

    private static Set<String> contract() throws IOException {
        try (InputStream in = JournalFieldTest.class.getResourceAsStream("fields.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines().filter(line -> !line.startsWith("#")).collect(Collectors.toSet());
        }
    }
}
