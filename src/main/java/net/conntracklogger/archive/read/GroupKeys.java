// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;

/**
 * The values of groups, read from the database apart from their numbers. Each text that JDBC returns costs more than a number.
 * So the values of the far side, and all others, are numbered: few combinations of each make many groups, whose rows have
 * only the numbers of the two.
 */
final class GroupKeys {
    private static final Set<JournalField> FAR_SIDE = Set.of(FLOW_SRC, FLOW_DST, FLOW_DPORT, FLOW_DNAME);

    private final String table;
    private final int size;
    private final List<Part> parts;

    /**
     * Some of the fields.
     *
     * @param table table of the combinations of their values
     * @param places the place of each field in a key
     * @param values the values of each combination by its number
     */
    private record Part(String table, List<JournalField> fields, List<Integer> places, List<String[]> values) {
        private String columns(String separator, String pattern) {
            return fields.stream()
                    .map(field -> pattern.replace("?", ArchiveColumn.of(field).columnName()))
                    .collect(Collectors.joining(separator));
        }

        String join(String groups) {
            return " JOIN " + table + " ON " + columns(" AND ", groups + ".? IS NOT DISTINCT FROM " + table + ".?");
        }

        void copy(int number, String[] key) {
            String[] combination = values.get(number);
            for (int i = 0; i < combination.length; i++) {
                key[places.get(i)] = combination[i];
            }
        }
    }

    private GroupKeys(String table, int size, List<Part> parts) {
        this.table = table;
        this.size = size;
        this.parts = parts;
    }

    /**
     * Numbers the values of a table of groups.
     *
     * @param table has a column for each field
     */
    static GroupKeys of(Database database, String table, List<JournalField> fields) throws IOException {
        Map<String, String> texts = new HashMap<>();
        List<Part> parts = new ArrayList<>();
        for (boolean farSide : new boolean[] {true, false}) {
            List<Integer> places = IntStream.range(0, fields.size())
                    .filter(i -> FAR_SIDE.contains(fields.get(i)) == farSide)
                    .boxed()
                    .toList();
            if (!places.isEmpty()) {
                List<JournalField> some = places.stream().map(fields::get).toList();
                Part part = new Part(farSide ? "far_sides" : "others", some, places, new ArrayList<>());
                database.run("CREATE OR REPLACE TEMP TABLE " + part.table + " AS SELECT row_number() OVER () - 1 AS "
                        + part.table + "_number, * FROM (SELECT DISTINCT " + part.columns(", ", "?") + " FROM " + table
                        + ")");
                read(database, part, texts);
                parts.add(part);
            }
        }
        return new GroupKeys(table, fields.size(), parts);
    }

    /** @param texts one object for equal values: the same few make all keys */
    private static void read(Database database, Part part, Map<String, String> texts) throws IOException {
        String sql =
                "SELECT " + part.columns(", ", "?") + " FROM " + part.table + " ORDER BY " + part.table + "_number";
        try (PreparedStatement statement = database.prepare(sql, List.of());
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                String[] values = new String[part.fields.size()];
                for (int i = 0; i < values.length; i++) {
                    String value = rows.getString(i + 1);
                    values[i] = value == null ? null : texts.computeIfAbsent(value, it -> it);
                }
                part.values.add(values);
            }
        } catch (SQLException e) {
            throw Database.failure("read", e);
        }
    }

    /** Returns SQL for the columns that {@link #read} takes, each after a comma. */
    String columns() {
        return parts.stream().map(part -> ", " + part.table + "_number").collect(Collectors.joining());
    }

    /** Returns SQL for the table of groups, with these columns. */
    String from() {
        return table + parts.stream().map(part -> part.join(table)).collect(Collectors.joining());
    }

    /**
     * Returns the key of a row, the values in the order of the fields.
     *
     * @param first place of the first column in the row
     */
    List<String> read(ResultSet rows, int first) throws SQLException {
        String[] key = new String[size];
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).copy(rows.getInt(first + i), key);
        }
        return Arrays.asList(key);
    }
}
