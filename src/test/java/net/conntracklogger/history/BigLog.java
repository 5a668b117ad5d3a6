// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.archive.write.ArchiveWriter;
import net.conntracklogger.archive.write.RowTable;
import net.conntracklogger.history.query.FlowRow;

/**
 * Makes an archive, and a journal of the flows after it, of any size for measurements: {@code BigLog DIRECTORY DAYS PER-SECOND
 * JOURNAL-FLOWS}. Prints the bytes that a flow takes in the archive.
 */
final class BigLog {
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 1, 1);

    private BigLog() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        int days = Integer.parseInt(arguments[1]);
        double perSecond = Double.parseDouble(arguments[2]);
        long journalFlows = Long.parseLong(arguments[3]);
        Path archive = Files.createDirectories(directory.resolve("archive"));
        List<ArchiveFile> files = new ArrayList<>();
        try (Database database = Database.open(1, "512MB", directory.resolve("scratch"));
                RowTable table = new RowTable(database, ArchiveKind.FLOWS)) {
            ArchiveWriter writer = new ArchiveWriter(archive, database);
            for (int day = 0; day < days; day++) {
                files.add(writeDay(table, writer, FIRST_DAY.plusDays(day), perSecond));
            }
        }
        new ArchiveIndex(days + 1L, null, files).write(archive);
        long rows = files.stream().mapToLong(ArchiveFile::rows).sum();
        long bytes = files.stream().mapToLong(ArchiveFile::bytes).sum();
        System.out.printf("%d days, %d flows, %d bytes: %.1f a flow%n", days, rows, bytes, (double) bytes / rows);
        if (journalFlows > 0) {
            writeJournal(directory.resolve("journal"), FIRST_DAY.plusDays(days), journalFlows, perSecond);
        }
    }

    private static long micros(LocalDate day) {
        return TimeUnit.DAYS.toMicros(day.toEpochDay());
    }

    private static ArchiveFile writeDay(RowTable table, ArchiveWriter writer, LocalDate day, double perSecond)
            throws IOException {
        // A second less than the day, so that the last entry is of the same day.
        long flows = (long) ((ChronoUnit.DAYS.getDuration().toSeconds() - 1) * perSecond);
        GeneratedFlows generated = new GeneratedFlows(flows, micros(day), perSecond);
        while (generated.hasNext()) {
            FlowRow row = generated.next();
            table.add(row, 0);
        }
        table.flush();
        ArchiveFile file = writer.write(ArchiveKind.FLOWS, day, day.toEpochDay());
        table.clear();
        return file;
    }

    private static void writeJournal(Path directory, LocalDate day, long flows, double perSecond) throws IOException {
        Files.createDirectories(directory);
        try (JournalFixture journal = new JournalFixture(directory.resolve("system.journal"))) {
            GeneratedFlows generated = new GeneratedFlows(flows, micros(day), perSecond);
            while (generated.hasNext()) {
                journal.write(generated.next());
            }
        }
    }
}
