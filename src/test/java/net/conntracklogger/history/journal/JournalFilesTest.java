// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two files of one journal: entries 11 to 20 from 100 to 199, and 21 to 30 since 200. */
class JournalFilesTest {
    private static final JournalFile OLD = file("system@1", "a", 11, 20, 100, 199);
    private static final JournalFile NEW = file("system", "a", 21, 30, 200, Long.MAX_VALUE);

    private static JournalFile file(String name, String sequence, long from, long to, long first, long last) {
        return new JournalFile(Path.of("/journal/" + name + ".journal"), sequence, from, to, first, last);
    }

    private static boolean holdAllSince(long time, JournalFile... files) {
        return new JournalFiles(List.of(files), List.of()).holdAllSince(time);
    }

    @ParameterizedTest
    @CsvSource({"99, false", "100, true", "199, true", "200, true", "1000, true"})
    void holdAllSinceTheFirstEntry(long time, boolean all) {
        assertEquals(all, holdAllSince(time, NEW, OLD));
    }

    @Test
    void doNotHoldAllIfNumbersAreMissing() {
        JournalFile later = file("system", "a", 22, 30, 200, Long.MAX_VALUE);
        assertFalse(holdAllSince(150, OLD, later));
        assertEquals(true, holdAllSince(200, OLD, later), "the gap is before");
    }

    @Test
    void doNotHoldAllIfAnotherSequenceFollows() {
        assertFalse(holdAllSince(150, OLD, file("system", "b", 21, 30, 200, Long.MAX_VALUE)));
    }

    @Test
    void doNotHoldAllIfAnotherDirectoryBeginsLater() {
        JournalFile namespace = new JournalFile(Path.of("/flows/system.journal"), "c", 1, 9, 160, Long.MAX_VALUE);
        assertFalse(holdAllSince(150, OLD, NEW, namespace));
        assertEquals(true, holdAllSince(160, OLD, NEW, namespace));
    }

    @Test
    void doNotHoldAllIfOneIsDamaged() {
        List<JournalFile> files = new ArrayList<>(List.of(OLD, NEW));
        assertFalse(new JournalFiles(files, List.of(Path.of("/journal/system@2.journal"))).holdAllSince(150));
        assertFalse(new JournalFiles(List.of(), List.of()).holdAllSince(150));
    }
}
