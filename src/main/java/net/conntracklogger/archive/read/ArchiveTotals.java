// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
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
            "sum(number)::BIGINT AS number, sum(orig)::BIGINT AS orig, sum(reply)::BIGINT AS reply,"
                    + " min(earliest) AS earliest, max(latest) AS latest";

    /** The column after five numbers and the bucket. */
    private static final int FIRST_KEY = 7;

    /** Without groups, SQL counts no rows as one group. */
    private static final String GROUPS = " GROUP BY ALL HAVING count(*) > 0";

    private final Database database;
    private final String table;
    private final QueryCondition condition;

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
        String keys = keys(new Grouping(List.copyOf(fields), 0), ArchiveTotals::key);
        create("counted", "SELECT " + COUNTS + keys + from() + GROUPS, condition.values());
    }

    private List<Totals> sums(Grouping grouping) throws IOException {
        String sums =
                "SELECT " + SUMS + ", 0 AS bucket" + keys(grouping, ArchiveTotals::column) + " FROM counted" + GROUPS;
        return read(sums, List.of(), grouping);
    }

    private List<Totals> counts(Grouping grouping) throws IOException {
        String counts = "SELECT " + COUNTS + ", " + bucket(grouping) + " AS bucket" + keys(grouping, ArchiveTotals::key)
                + from() + GROUPS;
        return read(counts, condition.values(), grouping);
    }

    private static String keys(Grouping grouping, Function<JournalField, String> sql) {
        return grouping.by().stream()
                .map(field -> ", " + sql.apply(field) + " AS " + column(field))
                .collect(Collectors.joining());
    }

    private String from() {
        return " FROM " + table + " WHERE " + condition.sql();
    }

    private List<Totals> read(String groups, List<Object> parameters, Grouping grouping) throws IOException {
        create("grouped", groups, parameters);
        GroupKeys keys = GroupKeys.of(database, "grouped", grouping.by());
        String sql = "SELECT number, orig, reply, earliest, latest, bucket" + keys.columns() + " FROM " + keys.from();
        List<Totals> totals = new ArrayList<>();
        try (PreparedStatement statement = database.prepare(sql, List.of());
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                totals.add(totals(rows, keys));
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
        database.run("DROP TABLE grouped");
        return totals;
    }

    private void create(String name, String sql, List<Object> parameters) throws IOException {
        try (PreparedStatement statement =
                database.prepare("CREATE OR REPLACE TEMP TABLE " + name + " AS " + sql, parameters)) {
            statement.execute();
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    private static Totals totals(ResultSet rows, GroupKeys keys) throws SQLException {
        return new Totals(
                keys.read(rows, FIRST_KEY),
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
