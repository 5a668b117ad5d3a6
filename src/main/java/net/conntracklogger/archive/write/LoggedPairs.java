// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.watch.SeenFile;
import net.conntracklogger.watch.SeenPairs;

/**
 * Pairs of unit and destination of the flows that the archive has had ({@code FirstSeen=}). A run adds those of its rows; all
 * rows are read again only if the file is not that of the run before. Not thread-safe.
 */
final class LoggedPairs {
    private final SeenPairs pairs;

    private LoggedPairs(SeenPairs pairs) {
        this.pairs = pairs;
    }

    /** Returns the pairs of all rows that an archive has. */
    static LoggedPairs of(Path directory, ArchiveIndex index, Database database) throws IOException {
        Optional<SeenFile> before = read(directory);
        if (before.isPresent() && before.get().place().equals(place(index))) {
            return new LoggedPairs(before.get().pairs());
        }
        LoggedPairs read = new LoggedPairs(new SeenPairs(new SecureRandom().nextLong()));
        read.addArchived(directory, index, database);
        return read;
    }

    private static Optional<SeenFile> read(Path directory) {
        try {
            return SeenFile.read(directory);
        } catch (IOException e) {
            return Optional.empty(); // A damaged file is made again.
        }
    }

    private static String place(ArchiveIndex index) {
        return index.cursor() == null ? "" : index.cursor().text();
    }

    private void addArchived(Path directory, ArchiveIndex index, Database database) throws IOException {
        List<ArchiveFile> files = index.files().stream()
                .filter(file -> file.kind() == ArchiveKind.FLOWS)
                .toList();
        if (files.isEmpty()) {
            return;
        }
        String sql = "SELECT DISTINCT pid_service, flow_dst FROM " + Database.parquet(directory, files)
                + " WHERE flow_direction = " + Database.quote(Direction.OUTBOUND.text())
                + " AND pid_service IS NOT NULL AND flow_dst IS NOT NULL AND flow_event IS DISTINCT FROM "
                + Database.quote(FlowEvent.Kind.REFUSED.text());
        try (Statement statement = database.connection().createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            while (found.next()) {
                add(found.getString(1), found.getString(2));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    /** Adds the pair of a row, if it has one. An attempt that was refused is no flow. */
    void add(FlowRow row) {
        String unit = row.get(JournalField.PID_SERVICE);
        String destination = row.get(JournalField.FLOW_DST);
        if (unit != null
                && destination != null
                && !row.isRefused()
                && Direction.OUTBOUND.text().equals(row.get(JournalField.FLOW_DIRECTION))) {
            add(unit, destination);
        }
    }

    private void add(String unit, String destination) {
        IpAddress address = AddressText.parse(destination);
        if (address != null) {
            pairs.add(pairs.hash(pairs.unitHash(unit), address));
        }
    }

    /** Writes the file. The archive has all entries until a time, in microseconds since the epoch. */
    void write(Path directory, ArchiveIndex index, long until) throws IOException {
        new SeenFile(pairs, until, place(index)).write(directory);
    }
}
