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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;

/**
 * Counts rows by groups, and reads the files once for all groupings. It counts by all fields of the groupings without buckets
 * of time, and adds the counts up for each. Buckets would make too many groups of that, so each grouping with buckets is
 * counted by its own fields in the same pass. Not thread-safe.
 */
final class ArchiveTotals {
    private static final String BEGIN = "least(flow_timestamp, realtime_timestamp)";

    /** What is counted of a row, by names that no field has. */
    private static final String OF_A_ROW = "coalesce(flow_count, 1) AS one_number, flow_orig_bytes AS one_orig,"
            + " flow_reply_bytes AS one_reply, " + BEGIN + " AS one_begin";

    private static final String COUNTS =
            "sum(one_number)::BIGINT AS number, coalesce(sum(one_orig), 0)::BIGINT AS orig,"
                    + " coalesce(sum(one_reply), 0)::BIGINT AS reply, epoch_us(min(one_begin)) AS earliest,"
                    + " epoch_us(max(one_begin)) AS latest";
    private static final String SUMS =
            "sum(number)::BIGINT AS number, sum(orig)::BIGINT AS orig, sum(reply)::BIGINT AS reply,"
                    + " min(earliest) AS earliest, max(latest) AS latest";

    /** The column after five numbers and the bucket. */
    private static final int FIRST_KEY = 7;

    /** Without groups, SQL counts no rows as one group. */
    private static final String IF_ANY = " HAVING count(*) > 0";

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
        List<Grouping> withBuckets =
                groupings.stream().filter(grouping -> grouping.bucket() > 0).toList();
        count(groupings, withBuckets);
        List<List<Totals>> all = new ArrayList<>();
        for (Grouping grouping : groupings) {
            all.add(sums(grouping, withBuckets));
        }
        return all;
    }

    private void count(List<Grouping> groupings, List<Grouping> withBuckets) throws IOException {
        Set<JournalField> fields = new LinkedHashSet<>();
        groupings.forEach(grouping -> fields.addAll(grouping.by()));
        StringBuilder rows = new StringBuilder("SELECT " + OF_A_ROW);
        fields.forEach(field -> rows.append(", " + key(field) + " AS " + column(field)));
        StringBuilder counts = new StringBuilder("SELECT " + COUNTS);
        fields.forEach(field -> counts.append(", " + column(field)));
        List<String> sets = new ArrayList<>();
        if (withBuckets.size() < groupings.size()) {
            sets.add(groupings.stream()
                    .filter(grouping -> grouping.bucket() == 0)
                    .flatMap(grouping -> grouping.by().stream())
                    .distinct()
                    .map(ArchiveTotals::column)
                    .collect(Collectors.joining(", ", "(", ")")));
        }
        for (int i = 0; i < withBuckets.size(); i++) {
            long length = withBuckets.get(i).bucket();
            rows.append(", epoch_us(" + BEGIN + ") // " + length + " * " + length + " AS bucket_" + i);
            counts.append(", bucket_" + i + ", grouping(bucket_" + i + ") AS without_" + i);
            sets.add("(bucket_" + i + columns(withBuckets.get(i)) + ")");
        }
        create(
                "counted",
                counts + " FROM (" + rows + " FROM " + table + " WHERE " + condition.sql()
                        + ") GROUP BY GROUPING SETS (" + String.join(", ", sets) + ")" + IF_ANY,
                condition.values());
    }

    private List<Totals> sums(Grouping grouping, List<Grouping> withBuckets) throws IOException {
        int place = withBuckets.indexOf(grouping);
        String bucket = place < 0 ? "0" : "bucket_" + place;
        String counted = IntStream.range(0, withBuckets.size())
                .mapToObj(i -> " AND without_" + i + (i == place ? " = 0" : " = 1"))
                .collect(Collectors.joining());
        return read(
                "SELECT " + SUMS + ", " + bucket + " AS bucket" + columns(grouping) + " FROM counted WHERE true"
                        + counted + " GROUP BY ALL" + IF_ANY,
                grouping);
    }

    private static String columns(Grouping grouping) {
        return grouping.by().stream().map(field -> ", " + column(field)).collect(Collectors.joining());
    }

    /** @param pattern SQL for each of the varied fields, with {@code ?} for its column */
    private static String columns(Grouping grouping, String pattern) {
        return grouping.by().stream()
                .map(field -> grouping.varied().contains(field) ? pattern.replace("?", column(field)) : column(field))
                .map(", "::concat)
                .collect(Collectors.joining());
    }

    private List<Totals> read(String groups, Grouping grouping) throws IOException {
        create("grouped", groups, List.of());
        if (!grouping.dropped().isEmpty() && rows("grouped") > grouping.most()) {
            limit(grouping);
        }
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

    /** Joins the smaller groups. Of equal ones the latest remain. */
    private void limit(Grouping grouping) throws IOException {
        String demanding = grouping.demanding().stream()
                .map(field -> column(field) + " IS NOT NULL OR ")
                .collect(Collectors.joining("", "(", "false)"));
        create(
                "ranked",
                "SELECT *, row_number() OVER (ORDER BY " + demanding
                        + " DESC, number DESC, latest DESC) AS place FROM grouped",
                List.of());
        create(
                "grouped",
                "SELECT number, orig, reply, earliest, latest, bucket" + columns(grouping, "?::VARCHAR AS ?")
                        + " FROM ranked WHERE place <= "
                        + grouping.most() + " UNION ALL SELECT " + SUMS + ", bucket"
                        + columns(grouping, Database.quote(Totals.OTHERS) + " AS ?")
                        + " FROM ranked WHERE place > " + grouping.most() + " GROUP BY ALL",
                List.of());
        database.run("DROP TABLE ranked");
    }

    private long rows(String name) throws IOException {
        try (PreparedStatement statement = database.prepare("SELECT count(*) FROM " + name, List.of());
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
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
