// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.GeneratedFlows;
import net.conntracklogger.history.LogBed;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An archive of four days, the first three of them with sums. */
class SummedDaysIT {
    private static final FlowQuery ALL = FlowQuery.in(TimeSpan.ALWAYS);
    private static final LocalDate FIRST = LocalDate.of(2026, 11, 23);
    private static final LocalDate TODAY = FIRST.plusDays(3);
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final long QUARTER = TimeUnit.MINUTES.toMicros(15);
    private static final long BEGIN = TimeUnit.DAYS.toMicros(FIRST.toEpochDay());
    private static final int FLOWS = 30;
    private static final int REPEATS = 500;

    private static final List<Grouping> SUMMED = List.of(
            Grouping.by(PID_SERVICE, PID_EXE, PID_REASON, FLOW_EVENT),
            Grouping.by(FLOW_PROTO, FLOW_DPORT, FLOW_DIRECTION, FLOW_EVENT),
            Grouping.by(FLOW_SRC, FLOW_DST, FLOW_DNAME, FLOW_WATCH, FLOW_UNEXPECTED, FLOW_EVENT),
            new Grouping(List.of(), 0),
            new Grouping(List.of(FLOW_DIRECTION, FLOW_EVENT), QUARTER),
            new Grouping(List.of(FLOW_EVENT), 24 * QUARTER));

    @TempDir
    private Path directory;

    private LogBed bed;
    private List<FlowRow> logged;

    @BeforeEach
    void make() throws IOException {
        bed = new LogBed(directory);
        List<FlowRow> rows = new ArrayList<>();
        Random random = new Random(7);
        GeneratedFlows flows = new GeneratedFlows(FLOWS, BEGIN, 10);
        while (flows.hasNext()) {
            FlowRow flow = flows.next();
            for (int i = 0; i < REPEATS; i++) {
                rows.add(at(flow, BEGIN + random.nextLong(4 * DAY), random));
            }
        }
        logged = bed.log(rows.iterator());
        bed.archive();
        bed.merge(TODAY);
    }

    /** Returns a flow at another time, or an attempt or end of such a flow. The entry of an end may be of the day after. */
    private static FlowRow at(FlowRow flow, long begin, Random random) {
        String event = List.of("new", "new", "end", "refused").get(random.nextInt(4));
        long after = event.equals("end") ? random.nextLong(DAY / 4) : 1000;
        FlowRow row = new FlowRow(begin + after, flow.monotonic(), flow.boot());
        flow.values().forEach((field, value) -> {
            for (String one : flow.all(field)) {
                row.add(
                        field,
                        switch (field) {
                            case FLOW_EVENT -> event;
                            case FLOW_TIMESTAMP -> Long.toString(begin);
                            default -> one;
                        });
            }
        });
        if (event.equals("end")) {
            row.add(FLOW_ORIG_BYTES, Integer.toString(random.nextInt(5000)));
            row.add(FLOW_REPLY_BYTES, Integer.toString(random.nextInt(5000)));
        } else if (random.nextInt(9) == 0) {
            row.add(FLOW_WATCH, "list");
        }
        return row;
    }

    private void sum() throws IOException {
        try (Archiver archiver = bed.open()) {
            archiver.sum(TODAY);
        }
    }

    private List<Path> sums() throws IOException {
        try (Stream<Path> files = Files.list(bed.archive.resolve("sums"))) {
            return files.sorted().toList();
        }
    }

    private void assertTotals(List<Grouping> groupings, FlowQuery query) throws IOException {
        try (WholeLog log = bed.archiveOnly()) {
            List<List<Totals>> totals = log.totals(query, groupings);
            for (int i = 0; i < groupings.size(); i++) {
                TotalsTable expected = new TotalsTable(groupings.get(i));
                logged.stream().filter(new RowFilter(query)).forEach(expected::add);
                assertEquals(sorted(expected.all()), sorted(totals.get(i)), groupings.get(i) + " " + query.span());
            }
        }
    }

    private static List<String> sorted(List<Totals> totals) {
        return totals.stream().map(Totals::toString).sorted().toList();
    }

    private static void damage(Path file) throws IOException {
        Files.write(file, new byte[(int) Files.size(file)]);
    }

    @Test
    void countAsTheRowsDo() throws IOException {
        sum();
        assertEquals(3, sums().size());
        Random random = new Random(8);
        List<TimeSpan> spans = new ArrayList<>(List.of(TimeSpan.ALWAYS, new TimeSpan(0, BEGIN + 2 * DAY)));
        for (int i = 0; i < 4; i++) {
            spans.add(new TimeSpan(BEGIN + i * DAY, BEGIN + (i + 1) * DAY));
            long since = BEGIN + random.nextLong(3 * DAY);
            spans.add(new TimeSpan(since, since + random.nextLong(3 * DAY)));
        }
        List<Grouping> others =
                List.of(Grouping.by(PID_UID), new Grouping(List.of(FLOW_DIRECTION), QUARTER / 15), SUMMED.get(0));
        for (TimeSpan span : spans) {
            assertTotals(SUMMED, FlowQuery.in(span));
            assertTotals(SUMMED.subList(4, 6), FlowQuery.in(span));
            assertTotals(others, FlowQuery.in(span));
            assertTotals(SUMMED, FlowQuery.in(span).withService(new UnitName("unit-1.service")));
        }
    }

    @Test
    void areReadInPlaceOfTheRows() throws IOException {
        sum();
        damage(bed.archive.resolve(FIRST + ".parquet"));
        TimeSpan day = new TimeSpan(BEGIN, BEGIN + DAY);
        assertTotals(SUMMED, FlowQuery.in(day));
        Set<String> expected = new HashSet<>();
        logged.stream()
                .filter(new RowFilter(FlowQuery.in(day)))
                .filter(row -> !"refused".equals(row.get(FLOW_EVENT)))
                .forEach(row -> expected.add(row.get(FLOW_DST)));
        try (WholeLog log = bed.archiveOnly()) {
            Set<String> some = new HashSet<>(expected);
            some.add("192.0.2.200");
            assertEquals(expected, log.valuesAmong(some, FlowQuery.in(day), FLOW_DST));
            assertThrows(
                    IOException.class, () -> log.totals(FlowQuery.in(day).withEvent("new"), SUMMED), "rows are needed");
        }
    }

    @Test
    void areNotReadIfTheyAreCutOrGone() throws IOException {
        sum();
        try (FileChannel channel = FileChannel.open(sums().get(0), StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        Files.delete(sums().get(1));
        assertTotals(SUMMED, ALL);
    }

    @Test
    void areMadeForAnArchiveThatIsOlderThanThey() throws IOException {
        Path index = bed.archive.resolve("index");
        String old = Files.readString(index).replaceAll("(?m)^(file .*) -1$", "$1");
        assertTrue(old.lines().filter(line -> line.startsWith("file")).allMatch(line -> line.split(" ").length == 9));
        Files.writeString(index, old);
        assertTotals(SUMMED, ALL);
        sum();
        assertEquals(3, sums().size());
        assertTotals(SUMMED, ALL);
    }

    @Test
    void areNotKeptIfTheyAreHardlySmaller() throws IOException {
        LogBed various = new LogBed(directory.resolve("various"));
        various.log(new GeneratedFlows(1000, BEGIN, 1));
        various.archive();
        various.merge(TODAY);
        for (int run = 0; run < 2; run++) {
            try (Archiver archiver = various.open()) {
                archiver.sum(TODAY);
            }
            try (Stream<Path> files = Files.list(various.archive.resolve("sums"))) {
                assertEquals(List.of(), files.toList());
            }
        }
    }

    @Test
    void goWithTheirDay() throws IOException {
        sum();
        try (Archiver archiver = bed.open()) {
            archiver.trim(FIRST.plusDays(2), Long.MAX_VALUE, TODAY);
        }
        assertEquals(1, sums().size());
    }

    @Test
    void areDeletedIfTheIndexDoesNotListThem() throws IOException {
        sum();
        List<Path> valid = sums();
        Files.copy(valid.get(0), bed.archive.resolve("sums/2026-11-26.parquet"));
        Files.copy(valid.get(0), bed.archive.resolve("sums/2026-11-26.parquet.new"));
        bed.archive();
        assertEquals(valid, sums());
    }
}
