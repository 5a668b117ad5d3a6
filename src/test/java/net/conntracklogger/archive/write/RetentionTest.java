// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveKind;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 27);

    /** Three days of 100 bytes each, in two files. */
    private static List<ArchiveFile> files() {
        List<ArchiveFile> files = new ArrayList<>();
        for (int day = 0; day < 3; day++) {
            for (ArchiveKind kind : ArchiveKind.values()) {
                files.add(new ArchiveFile(kind, TODAY.minusDays(day), "x", 1, 40, 0, 0, 0, 10));
            }
        }
        return files;
    }

    private static List<LocalDate> excess(int keepDays, long maxBytes) {
        return Retention.excess(files(), TODAY.minusDays(keepDays), maxBytes, TODAY).stream()
                .map(ArchiveFile::day)
                .toList();
    }

    @Test
    void keepsWhatIsYoungAndSmallEnough() {
        assertEquals(List.of(), excess(2, 300));
    }

    @Test
    void deletesOldDays() {
        LocalDate oldest = TODAY.minusDays(2);
        assertEquals(List.of(oldest, oldest), excess(1, 1000));
    }

    @Test
    void deletesWholeDaysUntilTheRestIsSmallEnough() {
        LocalDate oldest = TODAY.minusDays(2);
        assertEquals(List.of(oldest, oldest), excess(9, 299));
        assertEquals(List.of(oldest, oldest), excess(9, 200));
        LocalDate next = TODAY.minusDays(1);
        assertEquals(List.of(oldest, oldest, next, next), excess(9, 199));
    }

    @Test
    void keepsToday() {
        assertEquals(4, excess(0, 0).size());
    }
}
