// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Asks the files of a snapshot. Not thread-safe. */
public final class ArchiveReader {
    private static final String BEGIN = "least(flow_timestamp, realtime_timestamp)";

    /** Reading all columns of more files costs more than finding out first which have rows that meet the condition. */
    private static final int FEW_FILES = 4;

    private final Database database;
    private final ArchiveSnapshot snapshot;

    public ArchiveReader(Database database, ArchiveSnapshot snapshot) {
        this.database = database;
        this.snapshot = snapshot;
    }

    /** Passes flow events that meet a query to a sink, the most recent entry first. */
    public void flows(FlowQuery query, RowSink sink) throws IOException {
        List<ArchiveFile> files = snapshot.files(ArchiveKind.FLOWS, query.span());
        if (files.isEmpty()) {
            return;
        }
        QueryCondition condition = QueryCondition.of(query, networks(query, files));
        List<ArchiveFile> found = files.size() <= FEW_FILES ? files : found(files, condition);
        if (found.isEmpty()) {
            return;
        }
        String limit = query.limit() == Long.MAX_VALUE ? "" : " LIMIT " + query.limit();
        String sql = "SELECT epoch_us(realtime_timestamp), 0, 0, unparsed, " + values(ArchiveKind.FLOWS) + " FROM "
                + table(ArchiveKind.FLOWS, found) + " WHERE " + condition.sql() + " ORDER BY realtime_timestamp DESC"
                + limit;
        RowFilter filter = new RowFilter(query);
        pass(ArchiveKind.FLOWS, sql, condition.values(), row -> !filter.test(row) || sink.take(row));
    }

    /** Returns the files that have rows that meet a condition. Reads only the columns of the condition. */
    private List<ArchiveFile> found(List<ArchiveFile> files, QueryCondition condition) throws IOException {
        Set<String> names = new HashSet<>();
        String sql = "SELECT DISTINCT filename FROM " + table(ArchiveKind.FLOWS, files) + " WHERE " + condition.sql();
        try (PreparedStatement statement = prepare(sql, condition.values());
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        return files.stream()
                .filter(file ->
                        names.contains(snapshot.directory().resolve(file.name()).toString()))
                .toList();
    }

    /** Returns losses, notices and entries about the service in a span, in the order of the log. */
    public List<FlowRow> notices(TimeSpan span) throws IOException {
        List<FlowRow> found = new ArrayList<>();
        List<ArchiveFile> files = snapshot.files(ArchiveKind.NOTICES, span);
        if (files.isEmpty()) {
            return found;
        }
        String sql = "SELECT epoch_us(realtime_timestamp), monotonic_timestamp, boot_prefix, unparsed, "
                + values(ArchiveKind.NOTICES) + " FROM " + table(ArchiveKind.NOTICES, files) + " ORDER BY place";
        pass(ArchiveKind.NOTICES, sql, List.of(), row -> {
            if (span.overlaps(row.time(), row.time())) {
                found.add(row);
            }
            return true;
        });
        return found;
    }

    /** Counts flow events by groups. */
    public List<Totals> totals(FlowQuery query, Grouping grouping) throws IOException {
        List<ArchiveFile> files = snapshot.files(ArchiveKind.FLOWS, query.span());
        List<Totals> totals = new ArrayList<>();
        if (files.isEmpty()) {
            return totals;
        }
        QueryCondition condition = QueryCondition.of(query, networks(query, files));
        String sql =
                "SELECT count(*), coalesce(sum(flow_orig_bytes), 0), coalesce(sum(flow_reply_bytes), 0), epoch_us(min("
                        + BEGIN + ")), epoch_us(max(" + BEGIN + ")), " + bucket(grouping) + " AS bucket"
                        + grouping.by().stream().map(field -> ", " + key(field)).collect(Collectors.joining())
                        + " FROM " + table(ArchiveKind.FLOWS, files) + " WHERE " + condition.sql() + " GROUP BY ALL";
        try (PreparedStatement statement = prepare(sql, condition.values());
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                totals.add(totals(rows, grouping.by().size()));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        // Without groups, SQL counts no rows as one group.
        totals.removeIf(group -> group.rows() == 0);
        return totals;
    }

    /** Returns the number of flow events whose entries came between two times, both excluded. */
    public long rows(long since, long until) throws IOException {
        List<ArchiveFile> files = snapshot.files(ArchiveKind.FLOWS, TimeSpan.ALWAYS).stream()
                .filter(file -> file.last() > since && file.first() < until)
                .toList();
        // The index counts the rows of a whole file.
        long rows = 0;
        List<ArchiveFile> cut = new ArrayList<>();
        for (ArchiveFile file : files) {
            if (file.first() > since && file.last() < until) {
                rows += file.rows();
            } else {
                cut.add(file);
            }
        }
        if (cut.isEmpty()) {
            return rows;
        }
        String sql = "SELECT count(*) FROM " + Database.parquet(snapshot.directory(), cut)
                + " WHERE epoch_us(realtime_timestamp) > ? AND epoch_us(realtime_timestamp) < ?";
        try (PreparedStatement statement = prepare(sql, List.of(since, until));
                ResultSet result = statement.executeQuery()) {
            result.next();
            return rows + result.getLong(1);
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    private static Totals totals(ResultSet rows, int fields) throws SQLException {
        List<String> key = new ArrayList<>(fields);
        for (int i = 0; i < fields; i++) {
            key.add(rows.getString(7 + i));
        }
        return new Totals(
                key,
                rows.getLong(6),
                rows.getLong(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5));
    }

    private static String bucket(Grouping grouping) {
        String length = Long.toString(grouping.bucket());
        return grouping.bucket() == 0 ? "0" : "epoch_us(" + BEGIN + ") // " + length + " * " + length;
    }

    private static String key(JournalField field) {
        ArchiveColumn column = ArchiveColumn.of(field);
        if (column.type() == ArchiveColumn.Type.HASH || !ArchiveColumn.FLOWS.contains(column)) {
            throw new IllegalArgumentException("flows are not grouped by " + field);
        }
        return field == JournalField.FLOW_DNAME ? "split_part(flow_dname, chr(10), 1)" : column.read();
    }

    /** Makes a table of the addresses of each network that is more than one address. */
    private List<String> networks(FlowQuery query, List<ArchiveFile> files) throws IOException {
        List<String> names = new ArrayList<>();
        for (Endpoint endpoint : query.endpoints()) {
            boolean many = endpoint.network() != null && !endpoint.isOneAddress();
            names.add(many ? network(endpoint, files, "network_" + names.size()) : null);
        }
        return names;
    }

    private String network(Endpoint endpoint, List<ArchiveFile> files, String name) throws IOException {
        String table = table(ArchiveKind.FLOWS, files);
        String sql = List.of("flow_src", "flow_dst", "flow_reply_src", "flow_reply_dst").stream()
                .map(column -> "SELECT " + column + " FROM " + table)
                .collect(Collectors.joining(" UNION "));
        database.run("CREATE OR REPLACE TEMP TABLE " + name + " (address VARCHAR)");
        try (PreparedStatement statement = prepare(sql, List.of());
                ResultSet rows = statement.executeQuery();
                var appender = database.connection().createAppender("temp", "main", name)) {
            while (rows.next()) {
                String text = rows.getString(1);
                IpAddress address = text == null ? null : AddressText.parse(text);
                if (address != null && address.isIn(endpoint.network(), endpoint.bits())) {
                    appender.beginRow().append(text).endRow();
                }
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        return name;
    }

    /** Returns SQL for a table with all columns. A column that no file has is null. */
    private String table(ArchiveKind kind, List<ArchiveFile> files) {
        String empty = kind.columns().stream()
                .map(column -> "NULL::"
                        + (column.type() == ArchiveColumn.Type.TIME
                                ? "TIMESTAMPTZ"
                                : column.type().sql()) + " AS " + column.columnName())
                .collect(Collectors.joining(", "));
        return "(SELECT " + empty + " WHERE false UNION ALL BY NAME SELECT * FROM "
                + Database.parquet(snapshot.directory(), files) + ")";
    }

    private static String values(ArchiveKind kind) {
        return kind.columns().stream().map(ArchiveColumn::read).collect(Collectors.joining(", "));
    }

    private PreparedStatement prepare(String sql, List<Object> values) throws SQLException {
        PreparedStatement statement = database.connection().prepareStatement(sql);
        for (int i = 0; i < values.size(); i++) {
            statement.setObject(i + 1, values.get(i));
        }
        return statement;
    }

    private void pass(ArchiveKind kind, String sql, List<Object> values, RowSink sink) throws IOException {
        StoredRow stored = new StoredRow(kind);
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next() && sink.take(stored.read(rows))) {}
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }
}
