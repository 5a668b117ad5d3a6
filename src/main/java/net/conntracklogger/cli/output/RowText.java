// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.output;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.output.JsonText;

/** Writes rows for programs, with the names of the journal's fields. */
public final class RowText {
    /** What every reader of a table needs; --output=json has all. */
    private static final List<JournalField> CSV = Arrays.stream(JournalField.values())
            .filter(field -> field.name().startsWith("FLOW_") || field.name().startsWith("P"))
            .filter(field -> field != JournalField.PRIORITY)
            .toList();

    /** The name that journald has for it. */
    private static final String HOST = "_HOSTNAME";

    private RowText() {}

    /**
     * Returns one object. Every value is a string; several values of a field are an array, as in journalctl(1).
     *
     * @param only the fields that the object has; none: all
     */
    public static String json(FlowRow row, List<JournalField> only) {
        StringBuilder line = new StringBuilder("{");
        if (row.host() != null) {
            JsonText.append(line.append("\"" + HOST + "\":"), row.host().name());
        }
        for (JournalField field : row.values().keySet()) {
            if (!only.isEmpty() && !only.contains(field)) {
                continue;
            }
            line.append(line.length() > 1 ? "," : "").append('"').append(field).append("\":");
            List<String> all = row.all(field);
            if (all.size() == 1) {
                JsonText.append(line, all.get(0));
            } else {
                char separator = '[';
                for (String value : all) {
                    JsonText.append(line.append(separator), value);
                    separator = ',';
                }
                line.append(']');
            }
        }
        return line.append('}').toString();
    }

    /**
     * Returns the names of the columns.
     *
     * @param hosts whether the rows are of many hosts, whose names are the first column
     * @param only the other columns; none: all
     */
    public static String csvHead(boolean hosts, List<JournalField> only) {
        return (hosts ? HOST + "," : "")
                + columns(only).stream().map(JournalField::name).collect(Collectors.joining(","));
    }

    /**
     * Returns one record of RFC 4180. Several names are separated by spaces.
     *
     * @param only the columns beside that of the host; none: all
     */
    public static String csv(FlowRow row, List<JournalField> only) {
        return (row.host() == null ? "" : quoted(row.host().name()) + ",")
                + record(columns(only).stream()
                        .map(field -> String.join(" ", row.all(field)))
                        .toList());
    }

    /** Returns one record of RFC 4180. */
    public static String record(List<String> values) {
        return values.stream().map(RowText::quoted).collect(Collectors.joining(","));
    }

    private static List<JournalField> columns(List<JournalField> only) {
        return only.isEmpty() ? CSV : only;
    }

    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
