// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.ComputedIds;
import net.conntracklogger.archive.Database;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.GeneratedFlows;
import net.conntracklogger.history.LogBed;
import net.conntracklogger.history.query.FlowRow;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of the archive by Apache's own reader, which shares no code with DuckDB. */
class OtherReaderTest {
    private static final int FLOWS = 2000;
    private static final LocalDate DAY = LocalDate.of(2026, 11, 23);

    @TempDir
    private Path directory;

    private MessageType schema;

    private List<FlowRow> writeFlows() throws IOException {
        List<FlowRow> rows = new ArrayList<>();
        new GeneratedFlows(FLOWS, LogBed.NOON, 10).forEachRemaining(rows::add);
        rows.get(0).values().remove(FLOW_ID);
        rows.get(0).add(FLOW_ID, "no number");
        Files.createDirectories(directory);
        try (Database database = Database.open(1, "256MB", null);
                RowTable table = new RowTable(database, ArchiveKind.FLOWS)) {
            for (FlowRow row : rows) {
                table.add(row, 0);
            }
            table.flush();
            new ArchiveWriter(directory, database).write(ArchiveKind.FLOWS, DAY, 1);
        }
        return rows;
    }

    private List<Group> read() throws IOException {
        List<Group> groups = new ArrayList<>();
        ParquetReadOptions options =
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
        try (ParquetFileReader file =
                ParquetFileReader.open(new LocalInputFile(directory.resolve("2026-11-23.1.parquet")), options)) {
            schema = file.getFooter().getFileMetaData().getSchema();
            for (PageReadStore pages = file.readNextRowGroup(); pages != null; pages = file.readNextRowGroup()) {
                RecordReader<Group> records = new ColumnIOFactory()
                        .getColumnIO(schema)
                        .getRecordReader(pages, new GroupRecordConverter(schema));
                for (long i = 0; i < pages.getRowCount(); i++) {
                    groups.add(records.read());
                }
            }
        }
        return groups;
    }

    /** Returns the value of a column as the journal has it; null if it is absent. */
    private String value(Group row, String column) {
        return row.getFieldRepetitionCount(column) == 0 ? null : row.getValueToString(schema.getFieldIndex(column), 0);
    }

    @Test
    void hasEveryValue() throws IOException {
        List<FlowRow> rows = writeFlows();
        rows.sort(Comparator.comparingLong(FlowRow::time));
        List<Group> groups = read();
        groups.sort(Comparator.comparingLong(row -> row.getLong("realtime_timestamp", 0)));
        assertEquals(FLOWS, groups.size());
        for (int i = 0; i < FLOWS; i++) {
            FlowRow row = rows.get(i);
            for (ArchiveColumn column : ArchiveColumn.FLOWS) {
                assertEquals(expected(row, column), value(groups.get(i), column.columnName()), column.columnName());
            }
        }
        List<String> unparsed = groups.stream()
                .map(row -> value(row, "unparsed"))
                .filter(text -> text != null)
                .toList();
        assertEquals(List.of("FLOW_ID=no number"), unparsed);
    }

    private static String expected(FlowRow row, ArchiveColumn column) {
        JournalField field = column.field();
        String value = row.get(field);
        if (value == null || value.equals("no number")) {
            return null;
        }
        return switch (column.type()) {
            case HASH -> ComputedIds.prefix(value).toString();
            case TEXT -> String.join("\n", row.all(field));
            case NUMBER, TIME -> value;
        };
    }

    @Test
    void hasTypesThatAnyReaderUnderstands() throws IOException {
        writeFlows();
        read();
        LogicalTypeAnnotation time = LogicalTypeAnnotation.timestampType(true, TimeUnit.MICROS);
        for (String column : List.of("realtime_timestamp", "flow_timestamp", "pid_start")) {
            assertEquals(time, schema.getType(column).getLogicalTypeAnnotation(), column);
        }
        for (String column : List.of("flow_sport", "pid", "flow_community_id_prefix")) {
            assertEquals(
                    LogicalTypeAnnotation.intType(64, true),
                    schema.getType(column).getLogicalTypeAnnotation(),
                    column);
        }
        assertEquals(
                LogicalTypeAnnotation.stringType(), schema.getType("flow_dst").getLogicalTypeAnnotation());
    }
}
