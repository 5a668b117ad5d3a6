// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.journal.JournalCursor;
import net.conntracklogger.history.journal.JournalReader;
import net.conntracklogger.history.query.FlowRow;

/**
 * Moves the archive on to the end of the journal. Writes the entries after its cursor to files of their days, merges
 * files, and deletes the oldest days. Each step is complete with the index that lists its files, so that a crash
 * repeats at most one. Not thread-safe.
 */
public final class Archiver implements AutoCloseable {
    /** Entries in a file at first. They gather in memory, where 100,000 take some 100 MB. */
    private static final long BATCH = 100_000;

    private final Path directory;
    private final List<Path> journals;
    private final ArchiveNotices notices;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Database database;
    private final ArchiveWriter writer;
    private final RowTable flows;
    private final RowTable others;
    private ArchiveIndex index;
    private Optional<LoggedPairs> pairs = Optional.empty();
    private final ClockMarks clock = new ClockMarks();

    private Archiver(Path directory, List<Path> journals, ArchiveNotices notices) throws IOException {
        this.directory = directory;
        this.journals = List.copyOf(journals);
        this.notices = notices;
        Files.createDirectories(directory);
        lockFile = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = lockFile.tryLock();
        if (lock == null) {
            lockFile.close();
            throw new IOException(
                    "cannot write the archive " + directory + ": another process writes it; wait for its end");
        }
        Optional<ArchiveIndex> found = ArchiveIndex.read(directory);
        index = found.orElseGet(ArchiveIndex::empty);
        if (found.isEmpty()) {
            ArchiveWriter.requireIndex(directory);
            index.write(directory);
        }
        database = Database.open(1, "256MB", directory.resolve("scratch"));
        writer = new ArchiveWriter(directory, database);
        flows = new RowTable(database, ArchiveKind.FLOWS);
        others = new RowTable(database, ArchiveKind.NOTICES);
    }

    /**
     * Opens the archive for writing.
     *
     * @param journals directories of journal files
     * @param notices takes what an administrator must know
     * @throws IOException also if another process writes the archive
     */
    public static Archiver open(Path directory, List<Path> journals, ArchiveNotices notices) throws IOException {
        return new Archiver(directory, journals, notices);
    }

    /**
     * Archives all entries that are there.
     *
     * @param keepsPairs whether the pairs of units and destinations are kept beside the archive
     * @return number of flow events archived
     */
    public long archive(Instant now, boolean keepsPairs) throws IOException {
        writer.clean(index);
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        pairs = keepsPairs ? Optional.of(LoggedPairs.of(directory, index, database)) : Optional.empty();
        long archived = readOn(micros);
        if (pairs.isPresent()) {
            pairs.get().write(directory, index, micros - JournalReader.SETTLED_MICROS);
        }
        return archived;
    }

    private long readOn(long micros) throws IOException {
        Optional<JournalReader> opened = JournalReader.open(journals, index.cursor(), micros);
        if (opened.isEmpty()) {
            return 0;
        }
        long archived = 0;
        try (JournalReader reader = opened.get()) {
            addGaps(reader);
            for (FlowRow row = reader.next(); row != null; row = reader.next()) {
                archived += add(row);
                if (flows.rows() + others.rows() >= BATCH) {
                    commit(reader.place());
                }
            }
            commit(reader.end());
        }
        return archived;
    }

    private void addGaps(JournalReader reader) throws IOException {
        if (reader.vacuumed() != null) {
            addGap(reader.vacuumed());
        }
        for (Gap damage : reader.damage()) {
            Path file = Path.of(damage.detail());
            long changed = ChronoUnit.MICROS.between(
                    Instant.EPOCH, Files.getLastModifiedTime(file).toInstant());
            // A file that was complete at an earlier run, or was reported by one, lost nothing more.
            if (index.cursor() != null && changed > index.cursor().time()) {
                addGap(new Gap(
                        Gap.Kind.VACUUMED,
                        Math.max(damage.since(), index.cursor().time()),
                        changed,
                        Gap.UNKNOWN,
                        damage.detail()));
            }
        }
    }

    private void addGap(Gap gap) throws IOException {
        FlowRow row = new FlowRow(gap.until(), 0, 0);
        row.add(JournalField.MESSAGE_ID, MessageId.ARCHIVE_GAP.text());
        row.add(JournalField.LOST_SINCE, Long.toString(gap.since()));
        row.add(JournalField.LOST_UNTIL, Long.toString(gap.until()));
        row.add(JournalField.MESSAGE, gap.detail().isEmpty() ? "entries were deleted before" : gap.detail());
        others.add(row, place());
        notices.missed(gap);
    }

    /** Returns 1 for a flow event, 0 for another entry. */
    private int add(FlowRow row) throws IOException {
        for (FlowRow mark : clock.check(row)) {
            others.add(mark, place());
        }
        if (row.get(JournalField.FLOW_EVENT) == null) {
            others.add(row, place());
            return 0;
        }
        flows.add(row, place());
        pairs.ifPresent(it -> it.add(row));
        return 1;
    }

    /** Returns a number that grows from row to row, also from run to run. */
    private long place() {
        return index.next() << 32 | flows.rows() + others.rows();
    }

    private void commit(JournalCursor place) throws IOException {
        List<ArchiveFile> made = new ArrayList<>();
        long number = index.next();
        for (RowTable table : List.of(flows, others)) {
            table.flush();
            for (LocalDate day : writer.days(table.kind())) {
                made.add(writer.write(table.kind(), day, number++));
            }
        }
        if (made.isEmpty() && (place == null || place.equals(index.cursor()))) {
            return;
        }
        index = index.replacing(List.of(), made, number, place);
        index.write(directory);
        flows.clear();
        others.clear();
    }

    /** Merges files of each day, those of a day that is over into one. */
    public void merge(LocalDate today) throws IOException {
        for (MergePlan.Merge merge : MergePlan.of(index, today)) {
            String name = merge.name(index.next());
            ArchiveFile made = writer.merge(merge.files(), name);
            index = index.replacing(merge.files(), List.of(made), index.next() + 1, index.cursor());
            index.write(directory);
            writer.delete(merge.files());
        }
    }

    /** Writes the sums that files of days that are over lack. */
    public void sum(LocalDate today) throws IOException {
        for (ArchiveFile file : index.files()) {
            boolean due = file.kind() == ArchiveKind.FLOWS
                    && file.day().isBefore(today)
                    && file.sumsBytes() == ArchiveFile.NO_SUMS_YET;
            if (due) {
                ArchiveFile summed = writer.sum(file);
                index = index.replacing(List.of(file), List.of(summed), index.next(), index.cursor());
                index.write(directory);
            }
        }
    }

    /** Deletes the oldest days: those before {@code oldest}, and more until the rest is small enough. */
    public void trim(LocalDate oldest, long maxBytes, LocalDate today) throws IOException {
        List<ArchiveFile> old = Retention.excess(index.files(), oldest, maxBytes, today);
        if (old.isEmpty()) {
            return;
        }
        index = index.replacing(old, List.of(), index.next(), index.cursor());
        index.write(directory);
        writer.delete(old);
        notices.trimmed(
                old.get(0).day(),
                old.get(old.size() - 1).day(),
                old.stream()
                        .filter(file -> file.kind() == ArchiveKind.FLOWS)
                        .mapToLong(ArchiveFile::rows)
                        .sum());
    }

    @Override
    public void close() throws IOException {
        database.close();
        lock.release();
        lockFile.close();
    }
}
