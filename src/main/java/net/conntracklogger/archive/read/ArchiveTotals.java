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
import net.conntracklogger.archive.ArchiveSums;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;

/**
 * Counts rows by groups, and reads the files once for all groupings. Of files with sums it reads these. It counts by all fields of the groupings without buckets
 * of time, and adds the counts up for each. Buckets would make too many groups of that, so each grouping with buckets is
 * counted by its own fields in the same pass. Not thread-safe.
 */
final class ArchiveTotals {
    /** The column after five numbers and the bucket. */
    private static final int FIRST_KEY = 7;

    /** Without groups, SQL counts no rows as one group. */
    private static final String IF_ANY = " HAVING count(*) > 0";

    private final Database database;
    private final String table;
    private final QueryCondition condition;
    private final String summed;

    /**
     * Counts rows and what was counted before.
     *
     * @param table SQL for a table of rows with all columns; null: there is none
     * @param summed SQL for a table of sums, all of which count; null: there is none
     */
    ArchiveTotals(Database database, String table, QueryCondition condition, String summed) {
        this.database = database;
        this.table = table;
        this.condition = condition;
        this.summed = summed;
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
        List<JournalField> withoutBuckets = groupings.stream()
                .filter(grouping -> grouping.bucket() == 0)
                .flatMap(grouping -> grouping.by().stream())
                .distinct()
                .toList();
        boolean all = withBuckets.size() < groupings.size();
        List<String> parts = new ArrayList<>();
        if (table != null) {
            parts.add(ofRows(all ? withoutBuckets : null, withBuckets));
        }
        if (summed != null && all) {
            parts.add("SELECT " + ArchiveSums.SUMS + columns(withoutBuckets) + without(withBuckets, -1) + " FROM "
                    + summed + " WHERE bucket IS NULL GROUP BY ALL" + IF_ANY);
        }
        for (int i = 0; summed != null && i < withBuckets.size(); i++) {
            String bucket = ArchiveSums.bucket("bucket", withBuckets.get(i).bucket());
            parts.add("SELECT " + ArchiveSums.SUMS + columns(withBuckets.get(i).by()) + without(withBuckets, i) + ", "
                    + bucket + " AS bucket_" + i + " FROM " + summed + " WHERE bucket IS NOT NULL GROUP BY ALL");
        }
        create("counted", String.join(" UNION ALL BY NAME ", parts), table == null ? List.of() : condition.values());
    }

    /** Returns SQL for the columns of a row of sums that name its grouping. */
    private static String without(List<Grouping> withBuckets, int counted) {
        return IntStream.range(0, withBuckets.size())
                .mapToObj(i -> ", " + (i == counted ? 0 : 1) + "::BIGINT AS without_" + i)
                .collect(Collectors.joining());
    }

    /** @param withoutBuckets fields of the groupings without buckets; null: there is none */
    private String ofRows(List<JournalField> withoutBuckets, List<Grouping> withBuckets) {
        Set<JournalField> fields = new LinkedHashSet<>();
        List<String> sets = new ArrayList<>();
        if (withoutBuckets != null) {
            fields.addAll(withoutBuckets);
            sets.add(withoutBuckets.stream().map(ArchiveTotals::column).collect(Collectors.joining(", ", "(", ")")));
        }
        withBuckets.forEach(grouping -> fields.addAll(grouping.by()));
        StringBuilder rows = new StringBuilder("SELECT " + ArchiveSums.OF_A_ROW);
        fields.forEach(field -> rows.append(", " + ArchiveSums.key(field) + " AS " + column(field)));
        StringBuilder counts = new StringBuilder("SELECT " + ArchiveSums.COUNTS + columns(List.copyOf(fields)));
        for (int i = 0; i < withBuckets.size(); i++) {
            String bucket =
                    ArchiveSums.bucket("epoch_us(one_begin)", withBuckets.get(i).bucket());
            rows.append(", " + bucket + " AS bucket_" + i);
            counts.append(", bucket_" + i + ", grouping(bucket_" + i + ") AS without_" + i);
            sets.add("(bucket_" + i + columns(withBuckets.get(i).by()) + ")");
        }
        return counts + " FROM (" + rows + " FROM " + table + " WHERE " + condition.sql() + ") GROUP BY GROUPING SETS ("
                + String.join(", ", sets) + ")" + IF_ANY;
    }

    private List<Totals> sums(Grouping grouping, List<Grouping> withBuckets) throws IOException {
        int place = withBuckets.indexOf(grouping);
        String bucket = place < 0 ? "0" : "bucket_" + place;
        String counted = IntStream.range(0, withBuckets.size())
                .mapToObj(i -> " AND without_" + i + (i == place ? " = 0" : " = 1"))
                .collect(Collectors.joining());
        return read(
                "SELECT " + ArchiveSums.SUMS + ", " + bucket + " AS bucket" + columns(grouping.by())
                        + " FROM counted WHERE true" + counted + " GROUP BY ALL" + IF_ANY,
                grouping);
    }

    private static String columns(List<JournalField> fields) {
        return fields.stream().map(field -> ", " + column(field)).collect(Collectors.joining());
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
                        + grouping.most() + " UNION ALL SELECT " + ArchiveSums.SUMS + ", bucket"
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
}
