// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ComputedIds;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;

/** Makes a row of the log from a row of a query. Not thread-safe. */
final class StoredRow {
    /** The columns before the fields: time, monotonic time, boot, unparsed. */
    private static final int FIRST_FIELD = 5;

    private final List<ArchiveColumn> columns;
    private final ComputedIds ids = new ComputedIds();

    StoredRow(ArchiveKind kind) {
        columns = kind.columns();
    }

    FlowRow read(ResultSet rows) throws SQLException {
        FlowRow row = new FlowRow(rows.getLong(1), rows.getLong(2), rows.getLong(3));
        addUnparsed(row, rows.getString(4));
        List<JournalField> hashes = new ArrayList<>();
        List<Long> prefixes = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ArchiveColumn column = columns.get(i);
            if (column.type() == ArchiveColumn.Type.TEXT) {
                addText(row, column.field(), rows.getString(FIRST_FIELD + i));
                continue;
            }
            long value = rows.getLong(FIRST_FIELD + i);
            if (rows.wasNull()) {
                continue;
            }
            if (column.type() == ArchiveColumn.Type.HASH) {
                hashes.add(column.field());
                prefixes.add(value);
            } else {
                row.add(column.field(), Long.toString(value));
            }
        }
        for (int i = 0; i < hashes.size(); i++) {
            addId(row, hashes.get(i), prefixes.get(i));
        }
        return row;
    }

    /** Adds values that their columns could not take, as {@code FIELD=value} lines. */
    private static void addUnparsed(FlowRow row, String lines) {
        if (lines != null) {
            for (String line : lines.split("\n")) {
                int equals = line.indexOf('=');
                row.add(JournalField.valueOf(line.substring(0, equals)), line.substring(equals + 1));
            }
        }
    }

    private static void addText(FlowRow row, JournalField field, String text) {
        if (text == null) {
            return;
        }
        if (field == JournalField.FLOW_DNAME) {
            for (String name : text.split("\n")) {
                row.add(field, name);
            }
        } else {
            row.add(field, text);
        }
    }

    /** Adds the id that the tuple makes, if it begins with what was archived. */
    private void addId(FlowRow row, JournalField field, long prefix) {
        if (row.get(field) == null) {
            String id = ids.of(row, field);
            if (id != null && ComputedIds.prefix(id) == prefix) {
                row.add(field, id);
            }
        }
    }
}
