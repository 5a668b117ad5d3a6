// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ComputedIds;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import org.duckdb.DuckDBAppender;

/** Rows of one kind that gather in memory until they are a file. Not thread-safe. */
public final class RowTable implements AutoCloseable {
    private final Database database;
    private final ArchiveKind kind;
    private final ComputedIds ids = new ComputedIds();
    private DuckDBAppender appender;
    private long rows;

    public RowTable(Database database, ArchiveKind kind) throws IOException {
        this.database = database;
        this.kind = kind;
        List<ArchiveColumn> columns = kind.columns();
        database.run("CREATE TABLE " + kind.table() + " (realtime_timestamp BIGINT, monotonic_timestamp BIGINT,"
                + " boot_prefix BIGINT, place BIGINT, "
                + columns.stream()
                        .map(column -> column.columnName() + " " + column.type().sql())
                        .collect(Collectors.joining(", "))
                + ", unparsed VARCHAR)");
    }

    public ArchiveKind kind() {
        return kind;
    }

    long rows() {
        return rows;
    }

    /**
     * Adds a row.
     *
     * @param place grows from row to row, in the order of the log
     */
    public void add(FlowRow row, long place) throws IOException {
        try {
            if (appender == null) {
                appender = database.connection().createAppender("main", kind.table());
            }
            StringBuilder unparsed = new StringBuilder();
            appender.beginRow();
            appender.append(row.time())
                    .append(row.monotonic())
                    .append(row.boot())
                    .append(place);
            for (ArchiveColumn column : kind.columns()) {
                append(column, row, unparsed);
            }
            appendText(unparsed.isEmpty() ? null : unparsed.substring(1));
            appender.endRow();
        } catch (SQLException e) {
            throw Database.failure("gather rows for", e);
        }
        rows++;
    }

    private void append(ArchiveColumn column, FlowRow row, StringBuilder unparsed) throws SQLException {
        JournalField field = column.field();
        String value = row.get(field);
        if (value == null) {
            appender.appendNull();
            return;
        }
        switch (column.type()) {
            case TEXT -> appendText(field == JournalField.FLOW_DNAME ? String.join("\n", row.all(field)) : value);
            case NUMBER, TIME -> {
                if (isNumber(value)) {
                    appender.append(Long.parseLong(value));
                } else {
                    keep(field, value, unparsed);
                }
            }
            case HASH -> {
                appendHash(value);
                if (!value.equals(ids.of(row, field))) {
                    unparsed.append('\n').append(field).append('=').append(value);
                }
            }
        }
    }

    private static boolean isNumber(String value) {
        // As the service writes numbers, so that the text can be made from the number again.
        return value.matches("0|[1-9]\\d{0,17}");
    }

    private void appendHash(String value) throws SQLException {
        Long prefix = ComputedIds.prefix(value);
        if (prefix == null) {
            appender.appendNull();
        } else {
            appender.append(prefix.longValue());
        }
    }

    private void keep(JournalField field, String value, StringBuilder unparsed) throws SQLException {
        appender.appendNull();
        unparsed.append('\n').append(field).append('=').append(value);
    }

    private void appendText(String value) throws SQLException {
        if (value == null) {
            appender.appendNull();
        } else {
            appender.append(value);
        }
    }

    /** Makes all rows visible to queries. */
    public void flush() throws IOException {
        try {
            if (appender != null) {
                appender.close();
                appender = null;
            }
        } catch (SQLException e) {
            throw Database.failure("gather rows for", e);
        }
    }

    /** Removes all rows. */
    public void clear() throws IOException {
        database.run("DELETE FROM " + kind.table());
        rows = 0;
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
