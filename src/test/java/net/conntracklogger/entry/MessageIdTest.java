// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageIdTest {
    private static final Path CATALOG = Path.of("packaging/conntrack-logger.catalog");

    @ParameterizedTest
    @EnumSource
    void has128Bits(MessageId id) {
        assertTrue(id.text().matches("[0-9a-f]{32}"));
    }

    @ParameterizedTest
    @EnumSource
    void isNamedAsTheNotice(Notice.Kind kind) {
        assertDoesNotThrow(() -> MessageId.valueOf(kind.name()));
    }

    @Test
    void isInTheCatalogOnce() throws IOException {
        List<String> explained = Files.readAllLines(CATALOG).stream()
                .filter(line -> line.startsWith("-- "))
                .map(line -> line.substring("-- ".length()))
                .toList();
        List<String> ids =
                Arrays.stream(MessageId.values()).map(MessageId::text).toList();
        assertEquals(new TreeSet<>(ids), new TreeSet<>(explained));
        assertEquals(ids.size(), explained.size());
    }

    /** A name between at signs is replaced by the field's value. */
    @Test
    void isExplainedWithExistingFields() throws IOException {
        Matcher names = Pattern.compile("@([A-Z_0-9]+)@").matcher(Files.readString(CATALOG));
        Set<String> used = new TreeSet<>();
        while (names.find()) {
            used.add(JournalField.valueOf(names.group(1)).name());
        }
        assertFalse(used.isEmpty());
    }
}
