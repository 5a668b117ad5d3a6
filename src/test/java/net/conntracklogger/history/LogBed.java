// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.write.ArchiveNotices;
import net.conntracklogger.archive.write.Archiver;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.RowFilter;

/** A journal and an archive in a directory of their own. */
public final class LogBed {
    /** Noon of 2026-11-23 in UTC. */
    public static final long NOON = 1_795_435_200_000_000L;

    /** After all that tests log. */
    public static final Instant LATER =
            Instant.EPOCH.plus(NOON, ChronoUnit.MICROS).plus(9, ChronoUnit.DAYS);

    public final Path journals;
    public final Path archive;
    /** The service's count of written flows; there is none until a test writes it. */
    public final Path counts;

    public final List<Gap> missed = new ArrayList<>();
    public final List<String> trimmed = new ArrayList<>();

    public LogBed(Path directory) throws IOException {
        journals = Files.createDirectories(directory.resolve("journal"));
        archive = directory.resolve("archive");
        counts = directory.resolve("written-flows");
    }

    /** Logs rows in the journal, and returns them. */
    public List<FlowRow> log(Iterator<FlowRow> rows) throws IOException {
        List<FlowRow> all = new ArrayList<>();
        rows.forEachRemaining(all::add);
        // As journald receives them.
        all.sort(Comparator.comparingLong(FlowRow::time));
        logInOrder(all);
        return all;
    }

    public void logInOrder(List<FlowRow> rows) throws IOException {
        try (JournalFixture journal = new JournalFixture(journals.resolve("system.journal"))) {
            for (FlowRow row : rows) {
                journal.write(row);
            }
        }
    }

    public List<FlowRow> log(int flows) throws IOException {
        return log(new GeneratedFlows(flows, NOON, 10));
    }

    /** Returns a row of an attempt to another destination, a second after a flow, that was refused. */
    public static FlowRow refused(FlowRow flow, String destination) {
        FlowRow row = new FlowRow(flow.time() + 1_000_000, flow.monotonic() + 1_000_000, flow.boot());
        flow.values()
                .forEach((field, value) -> row.add(
                        field,
                        switch (field) {
                            case FLOW_EVENT -> "refused";
                            case FLOW_DST -> destination;
                            default -> value;
                        }));
        return row;
    }

    /** Archives all that the journal has. Returns the number of flows. */
    public long archive() throws IOException {
        try (Archiver archiver = open()) {
            return archiver.archive(LATER, /* keepsPairs= */ true);
        }
    }

    public void merge(LocalDate today) throws IOException {
        try (Archiver archiver = open()) {
            archiver.merge(today);
        }
    }

    public Archiver open() throws IOException {
        return Archiver.open(archive, List.of(journals), new ArchiveNotices() {
            @Override
            public void missed(Gap gap) {
                missed.add(gap);
            }

            @Override
            public void trimmed(LocalDate first, LocalDate last, long flows) {
                trimmed.add(first + " " + last + " " + flows);
            }
        });
    }

    /** Deletes the journal. */
    public void vacuum() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(journals)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    public WholeLog whole() throws IOException {
        return WholeLog.open(new LogPlaces(List.of(journals), archive, counts));
    }

    public WholeLog journalOnly() throws IOException {
        return WholeLog.open(new LogPlaces(List.of(journals), null, counts));
    }

    public WholeLog archiveOnly() throws IOException {
        return WholeLog.open(new LogPlaces(List.of(), archive, null));
    }

    /** Returns the values of all rows that meet a query, in the order of the log. */
    public static List<String> values(WholeLog log, FlowQuery query) throws IOException {
        List<FlowRow> rows = new ArrayList<>();
        log.flows(query, rows::add);
        return texts(rows);
    }

    /** Returns rows as texts, sorted, without what the archive leaves to be made from the rest. */
    public static List<String> texts(List<FlowRow> rows) {
        return rows.stream().map(LogBed::text).sorted().toList();
    }

    private static String text(FlowRow row) {
        Map<JournalField, String> values = new EnumMap<>(JournalField.class);
        for (JournalField field : row.values().keySet()) {
            if (ArchiveColumn.FLOWS.contains(ArchiveColumn.of(field))) {
                values.put(field, String.join("|", row.all(field)));
            }
        }
        return row.time() + " " + values;
    }

    public static List<String> values(List<FlowRow> rows, FlowQuery query) {
        return texts(rows.stream().filter(new RowFilter(query)).toList());
    }
}
