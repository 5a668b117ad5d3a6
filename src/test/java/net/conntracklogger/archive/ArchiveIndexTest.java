// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.history.coverage.DamagedFileException;
import net.conntracklogger.history.journal.JournalCursor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveIndexTest {
    private static final ArchiveIndex INDEX = new ArchiveIndex(
            7,
            JournalCursor.parse("s=a;i=5;t=9"),
            List.of(
                    new ArchiveFile(
                            ArchiveKind.FLOWS, LocalDate.of(2026, 11, 27), "2026-11-27.6.parquet", 1, 2, 3, 4, 5, 6),
                    new ArchiveFile(
                            ArchiveKind.NOTICES,
                            LocalDate.of(2026, 11, 26),
                            "notices/2026-11-26.parquet",
                            6,
                            7,
                            8,
                            9,
                            8,
                            ArchiveFile.NO_SUMS_YET)));

    @TempDir
    private Path directory;

    @Test
    void isReadAsItWasWritten() throws IOException {
        INDEX.write(directory);
        assertEquals(Optional.of(INDEX), ArchiveIndex.read(directory));
        ArchiveIndex.empty().write(directory);
        assertEquals(Optional.of(ArchiveIndex.empty()), ArchiveIndex.read(directory));
    }

    @Test
    void isAbsentAtFirst() throws IOException {
        assertEquals(Optional.empty(), ArchiveIndex.read(directory));
    }

    /** Each beginning of the file is no index. */
    @Test
    void isWholeOrRejected() throws IOException {
        INDEX.write(directory);
        Path file = directory.resolve(ArchiveIndex.NAME);
        String text = Files.readString(file);
        for (int length = 0; length < text.length() - 1; length++) {
            Files.writeString(file, text.substring(0, length));
            assertThrows(DamagedFileException.class, () -> ArchiveIndex.read(directory));
        }
    }

    @Test
    void takesNoPathOutsideTheArchive() throws IOException {
        INDEX.write(directory);
        Path file = directory.resolve(ArchiveIndex.NAME);
        Files.writeString(file, Files.readString(file).replace("2026-11-27.6", "../2026-11-27"));
        assertThrows(DamagedFileException.class, () -> ArchiveIndex.read(directory));
    }
}
