// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ArchiveSums;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Listing;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Asks the files of a snapshot. Not thread-safe. */
public final class ArchiveReader {
    /**
     * Maximum number of files of which all columns are read at once. With more files, finding out first which have rows
     * that meet the condition costs less.
     */
    private static final int FEW_FILES = 4;

    private static final String REFUSED = Database.quote(FlowEvent.Kind.REFUSED.text());

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
        QueryCondition condition = condition(query, files);
        List<ArchiveFile> found = files.size() <= FEW_FILES ? files : found(files, condition);
        if (found.isEmpty()) {
            return;
        }
        String limit = query.limit() == Long.MAX_VALUE ? "" : " LIMIT " + query.limit();
        RowFilter filter = new RowFilter(query);
        for (List<ArchiveFile> part : latestFirst(found)) {
            String sql = "SELECT epoch_us(realtime_timestamp), 0, 0, unparsed, " + values(ArchiveKind.FLOWS) + " FROM "
                    + table(ArchiveKind.FLOWS, part) + " WHERE " + condition.sql()
                    + " ORDER BY realtime_timestamp DESC" + limit;
            if (!pass(ArchiveKind.FLOWS, sql, condition.values(), row -> !filter.test(row) || sink.take(row))) {
                return;
            }
        }
    }

    /** Returns groups of files. No row of a group is as late as one of the group before, so that each is sorted by itself. */
    private static List<List<ArchiveFile>> latestFirst(List<ArchiveFile> files) {
        List<List<ArchiveFile>> groups = new ArrayList<>();
        long first = Long.MAX_VALUE;
        for (ArchiveFile file : files.stream()
                .sorted(Comparator.comparingLong(ArchiveFile::last).reversed())
                .toList()) {
            if (groups.isEmpty() || file.last() < first) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(file);
            first = Math.min(first, file.first());
        }
        return groups;
    }

    /** Returns the files that have rows that meet a condition. Reads only the columns of the condition. */
    private List<ArchiveFile> found(List<ArchiveFile> files, QueryCondition condition) throws IOException {
        Set<String> names = new HashSet<>();
        String sql = "SELECT DISTINCT filename FROM " + table(ArchiveKind.FLOWS, files) + " WHERE " + condition.sql();
        try (PreparedStatement statement = database.prepare(sql, condition.values());
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

    /** Passes losses, notices and entries about the service in a span to a sink. They are in the order of the log. */
    public void notices(TimeSpan span, Consumer<FlowRow> sink) throws IOException {
        List<ArchiveFile> files = snapshot.files(ArchiveKind.NOTICES, span);
        if (files.isEmpty()) {
            return;
        }
        String sql = "SELECT epoch_us(realtime_timestamp), monotonic_timestamp, boot_prefix, unparsed, "
                + values(ArchiveKind.NOTICES) + " FROM " + table(ArchiveKind.NOTICES, files) + " ORDER BY place";
        pass(ArchiveKind.NOTICES, sql, List.of(), row -> {
            if (span.overlaps(row.time(), row.time())) {
                sink.accept(row);
            }
            return true;
        });
    }

    /** Counts flow events by groups, in one pass for all groupings. Returns the totals of each grouping in its place. */
    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) throws IOException {
        List<ArchiveFile> files = snapshot.files(ArchiveKind.FLOWS, query.span());
        if (files.isEmpty()) {
            return groupings.stream().map(grouping -> List.<Totals>of()).toList();
        }
        boolean summed = groupings.stream().allMatch(ArchiveSums::suffice);
        List<ArchiveFile> sums = summed ? summed(files, query) : List.of();
        List<ArchiveFile> rows = without(files, sums);
        return new ArchiveTotals(
                        database,
                        rows.isEmpty() ? null : table(ArchiveKind.FLOWS, rows),
                        condition(query, rows),
                        sums.isEmpty() ? null : Database.sums(snapshot.directory(), sums))
                .of(groupings);
    }

    /** Returns the files with sums all of whose rows meet a query. */
    private static List<ArchiveFile> summed(List<ArchiveFile> files, FlowQuery query) {
        return query.hasCriteria()
                ? List.of()
                : files.stream()
                        .filter(file -> file.sumsBytes() > 0 && file.isWithin(query.span()))
                        .toList();
    }

    private static List<ArchiveFile> without(List<ArchiveFile> files, List<ArchiveFile> some) {
        return files.stream().filter(file -> !some.contains(file)).toList();
    }

    /**
     * Returns those of some values that a field has in matching flows. An attempt that was refused is no flow. Of
     * several names, the first counts.
     */
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) throws IOException {
        Set<String> values = new HashSet<>();
        List<ArchiveFile> files = snapshot.files(ArchiveKind.FLOWS, query.span());
        if (files.isEmpty() || some.isEmpty()) {
            return values;
        }
        List<ArchiveFile> sums = ArchiveSums.have(field) ? summed(files, query) : List.of();
        List<ArchiveFile> rows = without(files, sums);
        QueryCondition condition = condition(query, rows);
        List<String> parts = new ArrayList<>();
        if (!rows.isEmpty()) {
            parts.add("SELECT " + ArchiveSums.key(field) + " AS value FROM " + table(ArchiveKind.FLOWS, rows)
                    + " WHERE " + condition.sql() + " AND flow_event IS DISTINCT FROM " + REFUSED);
        }
        if (!sums.isEmpty()) {
            parts.add("SELECT " + ArchiveColumn.of(field).columnName() + " AS value FROM "
                    + Database.sums(snapshot.directory(), sums)
                    + " WHERE bucket IS NULL AND flow_event IS DISTINCT FROM "
                    + REFUSED);
        }
        create("candidates");
        append("candidates", some);
        // To look up each row among the candidates would take longer than to find the distinct values.
        String sql = "WITH seen AS MATERIALIZED (SELECT DISTINCT value FROM (" + String.join(" UNION ALL ", parts)
                + ")) SELECT value FROM seen WHERE value IN (SELECT value FROM candidates)";
        try (PreparedStatement statement = database.prepare(sql, rows.isEmpty() ? List.of() : condition.values());
                ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                values.add(found.getString(1));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        return values;
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
        try (PreparedStatement statement = database.prepare(sql, List.of(since, until));
                ResultSet result = statement.executeQuery()) {
            result.next();
            return rows + result.getLong(1);
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    private QueryCondition condition(FlowQuery query, List<ArchiveFile> files) throws IOException {
        Listing listing = query.listing();
        if (listing == null) {
            return QueryCondition.of(query, networks(query, files), null);
        }
        create("listed");
        insert(files, "listed", FlowQuery.ADDRESSES, listing::hasAddress);
        // A text of several names is listed if one of them is. No text is both an address and a name.
        insert(
                files,
                "listed",
                List.of(JournalField.FLOW_DNAME),
                names -> names.lines().anyMatch(listing::hasName));
        return QueryCondition.of(query, networks(query, files), "listed");
    }

    /** Makes a table of the addresses of each IPv6 network. Their texts have no order by network. */
    private List<String> networks(FlowQuery query, List<ArchiveFile> files) throws IOException {
        List<String> names = new ArrayList<>();
        for (Endpoint endpoint : query.endpoints()) {
            if (endpoint.network() == null
                    || endpoint.isOneAddress()
                    || !endpoint.network().v6()) {
                names.add(null);
                continue;
            }
            String name = "network_" + names.size();
            create(name);
            insert(files, name, FlowQuery.ADDRESSES, text -> {
                IpAddress address = AddressText.parse(text);
                return address != null && address.isIn(endpoint.network(), endpoint.bits());
            });
            names.add(name);
        }
        return names;
    }

    private void create(String table) throws IOException {
        database.run("CREATE OR REPLACE TEMP TABLE " + table + " (value VARCHAR)");
    }

    private void append(String table, Collection<String> values) throws IOException {
        try (var appender = database.connection().createAppender("temp", "main", table)) {
            for (String value : values) {
                appender.beginRow().append(value).endRow();
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    /** Adds the values of some fields that meet a condition to a table. */
    private void insert(List<ArchiveFile> files, String name, List<JournalField> fields, Predicate<String> condition)
            throws IOException {
        String table = table(ArchiveKind.FLOWS, files);
        String sql = fields.stream()
                .map(field -> "SELECT DISTINCT " + ArchiveColumn.of(field).columnName() + " FROM " + table)
                .collect(Collectors.joining(" UNION "));
        try (PreparedStatement statement = database.prepare(sql, List.of());
                ResultSet rows = statement.executeQuery();
                var appender = database.connection().createAppender("temp", "main", name)) {
            while (rows.next()) {
                String text = rows.getString(1);
                if (text != null && condition.test(text)) {
                    appender.beginRow().append(text).endRow();
                }
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    private String table(ArchiveKind kind, List<ArchiveFile> files) {
        return Database.rows(kind, snapshot.directory(), files);
    }

    private static String values(ArchiveKind kind) {
        return kind.columns().stream().map(ArchiveColumn::read).collect(Collectors.joining(", "));
    }

    /** Passes the rows of a query to a sink. Returns false if the sink has enough. */
    private boolean pass(ArchiveKind kind, String sql, List<Object> values, RowSink sink) throws IOException {
        StoredRow stored = new StoredRow(kind);
        try (PreparedStatement statement = database.prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                if (!sink.take(stored.read(rows))) {
                    return false;
                }
            }
            return true;
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }
}
