// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;

/**
 * Counts rows by groups. Reads the files once for all groupings without buckets of time: it counts by all their fields, and adds
 * the counts up. Buckets would make too many groups of that, so each grouping with buckets takes a pass of its own, over fewer
 * columns. Not thread-safe.
 */
final class ArchiveTotals {
    private static final String BEGIN = "least(flow_timestamp, realtime_timestamp)";

    private static final String COUNTS =
            "sum(coalesce(flow_count, 1))::BIGINT AS number, coalesce(sum(flow_orig_bytes), 0)::BIGINT AS orig,"
                    + " coalesce(sum(flow_reply_bytes), 0)::BIGINT AS reply, epoch_us(min(" + BEGIN + ")) AS earliest,"
                    + " epoch_us(max(" + BEGIN + ")) AS latest";
    private static final String SUMS =
            "sum(number)::BIGINT, sum(orig)::BIGINT, sum(reply)::BIGINT, min(earliest), max(latest)";

    /** Columns before the fields: five numbers and the bucket. */
    private static final int FIRST_FIELD = 7;

    /** Without groups, SQL counts no rows as one group. */
    private static final String GROUPS = " GROUP BY ALL HAVING count(*) > 0";

    private final Database database;
    private final String table;
    private final QueryCondition condition;
    /** One object for equal values: the same few make all keys. */
    private final Map<String, String> values = new HashMap<>();

    /** @param table SQL for a table with all columns */
    ArchiveTotals(Database database, String table, QueryCondition condition) {
        this.database = database;
        this.table = table;
        this.condition = condition;
    }

    /** Returns the totals of each grouping in its place. */
    List<List<Totals>> of(List<Grouping> groupings) throws IOException {
        Set<JournalField> fields = new LinkedHashSet<>();
        groupings.stream().filter(grouping -> grouping.bucket() == 0).forEach(it -> fields.addAll(it.by()));
        boolean summed = groupings.stream().filter(it -> it.bucket() == 0).count() > 1;
        if (summed) {
            countBy(fields);
        }
        List<List<Totals>> all = new ArrayList<>();
        for (Grouping grouping : groupings) {
            all.add(summed && grouping.bucket() == 0 ? sums(grouping) : counts(grouping));
        }
        return all;
    }

    private void countBy(Set<JournalField> fields) throws IOException {
        String keys = fields.stream()
                .map(field -> ", " + key(field) + " AS " + column(field))
                .collect(Collectors.joining());
        String sql = "CREATE OR REPLACE TEMP TABLE counted AS SELECT " + COUNTS + keys + from() + GROUPS;
        try (PreparedStatement statement = database.prepare(sql, condition.values())) {
            statement.execute();
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    private List<Totals> sums(Grouping grouping) throws IOException {
        String keys = grouping.by().stream().map(field -> ", " + column(field)).collect(Collectors.joining());
        return read("SELECT " + SUMS + ", 0 AS bucket" + keys + " FROM counted" + GROUPS, List.of(), grouping);
    }

    private List<Totals> counts(Grouping grouping) throws IOException {
        String keys = grouping.by().stream().map(field -> ", " + key(field)).collect(Collectors.joining());
        String sql = "SELECT " + COUNTS + ", " + bucket(grouping) + " AS bucket" + keys + from() + GROUPS;
        return read(sql, condition.values(), grouping);
    }

    private String from() {
        return " FROM " + table + " WHERE " + condition.sql();
    }

    private List<Totals> read(String sql, List<Object> parameters, Grouping grouping) throws IOException {
        List<Totals> totals = new ArrayList<>();
        try (PreparedStatement statement = database.prepare(sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                totals.add(totals(rows, grouping.by().size()));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        return totals;
    }

    private Totals totals(ResultSet rows, int fields) throws SQLException {
        List<String> key = new ArrayList<>(fields);
        for (int i = 0; i < fields; i++) {
            String value = rows.getString(FIRST_FIELD + i);
            key.add(value == null ? null : values.computeIfAbsent(value, it -> it));
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

    private static String column(JournalField field) {
        return ArchiveColumn.of(field).columnName();
    }

    /** Returns SQL for the value of a field by which rows are grouped. */
    static String key(JournalField field) {
        ArchiveColumn column = ArchiveColumn.of(field);
        if (column.type() == ArchiveColumn.Type.HASH || !ArchiveColumn.FLOWS.contains(column)) {
            throw new IllegalArgumentException("flows are not grouped by " + field);
        }
        return field == JournalField.FLOW_DNAME ? "split_part(flow_dname, chr(10), 1)" : column.read();
    }
}
