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
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ArchiveSums;
import net.conntracklogger.archive.Database;
import net.conntracklogger.archive.write.ArchiveWriter;
import net.conntracklogger.archive.write.RowTable;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.history.query.FlowRow;

/**
 * Makes an archive, and a journal of the flows after it, of any size for measurements: {@code BigLog DIRECTORY DAYS PER-SECOND
 * JOURNAL-FLOWS}. Each day has a gap. Writes questions with the counts that are right to the file {@code truth}, and prints
 * the bytes that a flow takes in the archive.
 */
final class BigLog {
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 1, 1);

    private final Path directory;
    private final int days;
    private final double perSecond;
    private final BigLogTruth truth;

    private BigLog(Path directory, int days, double perSecond, long journalFlows) {
        this.directory = directory;
        this.days = days;
        this.perSecond = perSecond;
        LocalDate middle = FIRST_DAY.plusDays(days / 2);
        FlowRow archived = flows(middle).next();
        LocalDate last = FIRST_DAY.plusDays(days);
        // Not the first, before which the archive is asked too.
        FlowRow logged = Stream.generate(new GeneratedFlows(journalFlows, micros(last), perSecond)::next)
                .skip(Math.min(1000, journalFlows / 2))
                .findFirst()
                .orElseThrow();
        truth = new BigLogTruth(archived, logged, micros(middle), micros(last));
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        long journalFlows = Long.parseLong(arguments[3]);
        BigLog log =
                new BigLog(directory, Integer.parseInt(arguments[1]), Double.parseDouble(arguments[2]), journalFlows);
        log.writeArchive();
        if (journalFlows > 0) {
            log.writeJournal(journalFlows);
        }
        Files.write(directory.resolve("truth"), log.truth.lines());
    }

    private GeneratedFlows flows(LocalDate day) {
        // A second less than the day, so that the last entry is of the same day.
        long flows = (long) ((ChronoUnit.DAYS.getDuration().toSeconds() - 1) * perSecond);
        return new GeneratedFlows(flows, micros(day), perSecond);
    }

    private void writeArchive() throws IOException {
        Path archive = Files.createDirectories(directory.resolve("archive"));
        Files.createDirectories(archive.resolve(ArchiveKind.NOTICES.directory()));
        Files.createDirectories(archive.resolve(ArchiveSums.DIRECTORY));
        List<ArchiveFile> files = new ArrayList<>();
        try (Database database = Database.open(1, "512MB", directory.resolve("scratch"));
                RowTable flows = new RowTable(database, ArchiveKind.FLOWS);
                RowTable notices = new RowTable(database, ArchiveKind.NOTICES)) {
            ArchiveWriter writer = new ArchiveWriter(archive, database);
            for (int i = 0; i < days; i++) {
                LocalDate day = FIRST_DAY.plusDays(i);
                for (GeneratedFlows generated = flows(day); generated.hasNext(); ) {
                    FlowRow row = generated.next();
                    truth.count(row);
                    flows.add(row, 0);
                }
                notices.add(gap(micros(day)), i);
                files.add(writer.sum(write(writer, flows, day)));
                files.add(write(writer, notices, day));
            }
        }
        new ArchiveIndex(days + 1L, null, files).write(archive);
        long rows = files.stream().mapToLong(ArchiveFile::rows).sum() - days;
        long bytes = files.stream().mapToLong(ArchiveFile::allBytes).sum();
        System.out.printf("%d days, %d flows, %d bytes: %.1f a flow%n", days, rows, bytes, (double) bytes / rows);
    }

    private static long micros(LocalDate day) {
        return TimeUnit.DAYS.toMicros(day.toEpochDay());
    }

    private static ArchiveFile write(ArchiveWriter writer, RowTable table, LocalDate day) throws IOException {
        table.flush();
        ArchiveFile file = writer.write(table.kind(), day, day.toEpochDay());
        table.clear();
        return file;
    }

    /** Returns a loss of ten minutes in the first hour of a day. */
    private static FlowRow gap(long day) {
        FlowRow row = new FlowRow(day + TimeUnit.MINUTES.toMicros(30), 0, 0);
        row.add(JournalField.MESSAGE_ID, MessageId.RECORDS_LOST.text());
        row.add(JournalField.MESSAGE, "12 records lost in the kernel");
        row.add(JournalField.LOST_WHERE, "kernel");
        row.add(JournalField.LOST_COUNT, "12");
        row.add(JournalField.LOST_SINCE, Long.toString(day + TimeUnit.MINUTES.toMicros(20)));
        row.add(JournalField.LOST_UNTIL, Long.toString(day + TimeUnit.MINUTES.toMicros(30)));
        return row;
    }

    private void writeJournal(long flows) throws IOException {
        Path journals = Files.createDirectories(directory.resolve("journal"));
        long day = micros(FIRST_DAY.plusDays(days));
        try (JournalFixture journal = new JournalFixture(journals.resolve("system.journal"))) {
            for (GeneratedFlows generated = new GeneratedFlows(flows, day, perSecond); generated.hasNext(); ) {
                FlowRow row = generated.next();
                truth.count(row);
                journal.write(row);
            }
            journal.write(gap(day));
        }
    }
}
