// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ArchiveSums;
import net.conntracklogger.archive.Database;

/**
 * Writes files of the archive. Writes each to a name that no reader takes, then to the disk, then to its name. Not
 * thread-safe.
 */
public final class ArchiveWriter {
    private static final long DAY_MICROS = TimeUnit.DAYS.toMicros(1);
    private static final String TEMPORARY = ".new";
    /** With fewer, sums would save a report little. */
    private static final int LEAST_ROWS_A_GROUP = 4;
    /** Rows that are compressed together. A query skips those of a group if they cannot match. */
    private static final String FORMAT =
            "(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 9, ROW_GROUP_SIZE 122880)";

    private final Path directory;
    private final Database database;

    public ArchiveWriter(Path directory, Database database) {
        this.directory = directory;
        this.database = database;
    }

    /**
     * Checks that an archive without an index has no files either. All that the index does not list is deleted.
     *
     * @throws IOException if it has whole files of days
     */
    static void requireIndex(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.parquet")) {
            if (files.iterator().hasNext()) {
                throw new IOException("cannot write the archive " + directory
                        + ": its index is missing; restore the file 'index', or move the Parquet files elsewhere");
            }
        }
    }

    /** Deletes what a crash has left: files that the index does not list. */
    void clean(ArchiveIndex index) throws IOException {
        Set<Path> valid = new HashSet<>();
        List<String> directories = new ArrayList<>(List.of(ArchiveSums.DIRECTORY));
        for (ArchiveKind kind : ArchiveKind.values()) {
            directories.add(kind.directory());
        }
        for (ArchiveFile file : index.files()) {
            valid.add(directory.resolve(file.name()));
            if (file.sumsBytes() > 0) {
                valid.add(directory.resolve(file.sumsName()));
            }
        }
        for (String name : directories) {
            Path below = directory.resolve(name);
            Files.createDirectories(below);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(below, "*{.parquet,.new}")) {
                for (Path file : files) {
                    if (!valid.contains(file)) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    /** Returns the days of the rows that have gathered. */
    List<LocalDate> days(ArchiveKind kind) throws IOException {
        List<LocalDate> days = new ArrayList<>();
        String sql =
                "SELECT DISTINCT realtime_timestamp // " + DAY_MICROS + " AS day FROM " + kind.table() + " ORDER BY 1";
        try (Statement statement = database.connection().createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                days.add(LocalDate.ofEpochDay(rows.getLong(1)));
            }
        } catch (SQLException e) {
            throw Database.failure("write", e);
        }
        return days;
    }

    /** Writes the gathered rows of a day. */
    public ArchiveFile write(ArchiveKind kind, LocalDate day, long number) throws IOException {
        long since = day.toEpochDay() * DAY_MICROS;
        String columns = kind.columns().stream().map(ArchiveColumn::stored).collect(Collectors.joining(", "));
        // The columns of time that only the notices need would take a third more of the flows' space.
        String more = kind == ArchiveKind.NOTICES ? "monotonic_timestamp, boot_prefix, place, " : "";
        String rows = "SELECT make_timestamptz(realtime_timestamp) AS realtime_timestamp, " + more + columns
                + ", unparsed FROM " + kind.table() + " WHERE realtime_timestamp BETWEEN " + since + " AND "
                + (since + DAY_MICROS - 1) + " ORDER BY " + kind.order();
        return write(kind, day, kind.directory() + day + "." + number + ".parquet", rows);
    }

    /** Writes the rows of several files of a day to one. */
    ArchiveFile merge(List<ArchiveFile> files, String name) throws IOException {
        ArchiveKind kind = files.get(0).kind();
        String rows =
                "SELECT * EXCLUDE (filename) FROM " + Database.parquet(directory, files) + " ORDER BY " + kind.order();
        return write(kind, files.get(0).day(), name, rows);
    }

    /** Writes the sums of a file of flow events, unless they are hardly smaller. Returns the file with their size. */
    public ArchiveFile sum(ArchiveFile file) throws IOException {
        Path made = copy(file.sumsName(), ArchiveSums.of(Database.rows(ArchiveKind.FLOWS, directory, List.of(file))));
        if (rows(made) > file.rows() / LEAST_ROWS_A_GROUP) {
            Files.delete(made);
            return file.withSums(ArchiveFile.NO_SUMS);
        }
        ArchiveFile summed = file.withSums(Files.size(made));
        publish(made, file.sumsName());
        return summed;
    }

    private long rows(Path file) throws IOException {
        String sql = "SELECT count(*) FROM read_parquet(" + Database.quote(file.toString()) + ")";
        try (Statement statement = database.connection().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw Database.failure("read back", e);
        }
    }

    private ArchiveFile write(ArchiveKind kind, LocalDate day, String name, String rows) throws IOException {
        Path made = copy(name, rows);
        ArchiveFile written = describe(kind, day, name, made);
        publish(made, name);
        return written;
    }

    /** Writes a file that no reader takes yet. */
    private Path copy(String name, String rows) throws IOException {
        Path made = directory.resolve(name + TEMPORARY);
        database.run("COPY (" + rows + ") TO " + Database.quote(made.toString()) + " " + FORMAT);
        return made;
    }

    private void publish(Path made, String name) throws IOException {
        Path file = directory.resolve(name);
        ArchiveIndex.sync(made);
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        ArchiveIndex.sync(file.getParent());
    }

    private ArchiveFile describe(ArchiveKind kind, LocalDate day, String name, Path file) throws IOException {
        String begin = kind == ArchiveKind.FLOWS ? "least(flow_timestamp, realtime_timestamp)" : "realtime_timestamp";
        String sql =
                "SELECT count(*), epoch_us(min(realtime_timestamp)), epoch_us(max(realtime_timestamp)), epoch_us(min("
                        + begin + ")) FROM read_parquet(" + Database.quote(file.toString()) + ")";
        try (Statement statement = database.connection().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return new ArchiveFile(
                    kind,
                    day,
                    name,
                    row.getLong(1),
                    Files.size(file),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    ArchiveFile.NO_SUMS_YET);
        } catch (SQLException e) {
            throw Database.failure("read back", e);
        }
    }

    /** Deletes files that the index no longer lists. */
    void delete(List<ArchiveFile> files) throws IOException {
        for (ArchiveFile file : files) {
            Files.deleteIfExists(directory.resolve(file.name()));
            Files.deleteIfExists(directory.resolve(file.sumsName()));
        }
    }
}
