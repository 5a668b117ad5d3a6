// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.history.GeneratedFlows;
import net.conntracklogger.history.JournalFixture;
import net.conntracklogger.history.LogBed;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.watch.SeenFile;
import net.conntracklogger.watch.SeenPairs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive by a journal whose entries are known. */
class ArchiverIT {
    private static final FlowQuery ALL = FlowQuery.in(TimeSpan.ALWAYS);
    private static final LocalDate DAY = LocalDate.of(2026, 11, 23);

    @TempDir
    private Path directory;

    private LogBed bed;

    @BeforeEach
    void make() throws IOException {
        bed = new LogBed(directory);
    }

    private List<String> archived() throws IOException {
        try (WholeLog log = bed.archiveOnly()) {
            return LogBed.values(log, ALL);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(bed.archive)) {
            return files.filter(file -> file.toString().contains(".parquet"))
                    .map(file -> bed.archive.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void keepsEveryValueOfEveryRow() throws IOException {
        List<FlowRow> logged = bed.log(3000);
        assertEquals(3000, bed.archive());
        assertEquals(LogBed.values(logged, ALL), archived());
    }

    @Test
    void goesOnWhereItEnded() throws IOException {
        List<FlowRow> logged = new ArrayList<>(bed.log(500));
        assertEquals(500, bed.archive());
        assertEquals(0, bed.archive());
        logged.addAll(bed.log(new GeneratedFlows(300, LogBed.NOON + 3_600_000_000L, 10)));
        assertEquals(300, bed.archive());
        assertEquals(LogBed.values(logged, ALL), archived());
    }

    /** The second run adds to the file of the first. The third finds it damaged, the fourth finds none: both read all rows again. An attempt that was refused makes no pair. */
    @Test
    void keepsThePairsOfUnitsAndDestinations() throws IOException {
        List<FlowRow> logged = new ArrayList<>(bed.log(500));
        bed.log(List.of(LogBed.refused(logged.get(499), "192.0.2.99")).iterator());
        bed.archive();
        assertPairs(logged);
        logged.addAll(bed.log(new GeneratedFlows(300, LogBed.NOON + 3_600_000_000L, 10)));
        bed.archive();
        assertPairs(logged);
        long key = SeenFile.read(bed.archive).orElseThrow().pairs().key();
        bed.archive();
        assertEquals(key, SeenFile.read(bed.archive).orElseThrow().pairs().key());
        Files.writeString(bed.archive.resolve(SeenFile.NAME), "damaged");
        bed.archive();
        assertPairs(logged);
        Files.delete(bed.archive.resolve(SeenFile.NAME));
        bed.archive();
        assertPairs(logged);
    }

    private void assertPairs(List<FlowRow> logged) throws IOException {
        SeenPairs pairs = SeenFile.read(bed.archive).orElseThrow().pairs();
        Set<String> expected = new HashSet<>();
        for (FlowRow row : logged) {
            String unit = row.get(JournalField.PID_SERVICE);
            if (unit != null && "outbound".equals(row.get(JournalField.FLOW_DIRECTION))) {
                String destination = row.get(JournalField.FLOW_DST);
                expected.add(unit + " " + destination);
                assertFalse(pairs.add(pairs.hash(pairs.unitHash(unit), AddressText.parse(destination))), destination);
            }
        }
        assertTrue(expected.size() > 1);
        assertEquals(expected.size(), pairs.size());
    }

    @Test
    void hasAFileForEachDayThatIsOver() throws IOException {
        List<FlowRow> logged = bed.log(new GeneratedFlows(1000, LogBed.NOON, 1000 / 172_800.0));
        bed.archive();
        bed.merge(DAY.plusDays(2));
        assertEquals(List.of("2026-11-23.parquet", "2026-11-24.parquet", "2026-11-25.1.parquet"), withoutNumbers());
        assertEquals(LogBed.values(logged, ALL), archived());
    }

    private List<String> withoutNumbers() throws IOException {
        return files().stream()
                .map(name -> name.replaceFirst("\\.\\d+\\.parquet", ".1.parquet"))
                .toList();
    }

    @Test
    void deletesWhatACrashLeft() throws IOException {
        List<FlowRow> logged = bed.log(500);
        bed.archive();
        String file = files().get(0);
        // A crash before and after the rename of a file that the index does not list yet.
        Files.copy(bed.archive.resolve(file), bed.archive.resolve("2026-11-23.2.parquet.new"));
        Files.copy(bed.archive.resolve(file), bed.archive.resolve("2026-11-23.3.parquet"));
        assertEquals(LogBed.values(logged, ALL), archived(), "no reader takes them");
        bed.archive();
        assertEquals(List.of(file), files());
    }

    @Test
    void deletesNothingIfTheIndexIsGone() throws IOException {
        bed.log(10);
        bed.archive();
        List<String> before = files();
        Files.delete(bed.archive.resolve(ArchiveIndex.NAME));
        IOException failure = assertThrows(IOException.class, bed::archive);
        assertTrue(failure.getMessage().contains("index"), failure.getMessage());
        assertEquals(before, files());
    }

    @Test
    void reportsWhatWasDeletedBefore() throws IOException {
        List<FlowRow> logged = new ArrayList<>(bed.log(100));
        bed.archive();
        bed.vacuum();
        List<FlowRow> later = bed.log(new GeneratedFlows(100, LogBed.NOON + 3_600_000_000L, 10));
        bed.archive();
        Gap gap = new Gap(Gap.Kind.VACUUMED, last(logged), later.get(0).time(), Gap.UNKNOWN, "");
        assertEquals(List.of(gap), bed.missed);
        bed.archive();
        assertEquals(1, bed.missed.size(), "once");
        try (WholeLog log = bed.archiveOnly()) {
            assertEquals(List.of(gap), log.coverage(TimeSpan.ALWAYS).gaps());
        }
        logged.addAll(later);
        assertEquals(LogBed.values(logged, ALL), archived());
    }

    private static long last(List<FlowRow> rows) {
        return rows.get(rows.size() - 1).time();
    }

    @Test
    void archivesLosses() throws IOException {
        FlowRow loss = new FlowRow(LogBed.NOON, 1, 1);
        loss.add(JournalField.MESSAGE_ID, "b0a9c64d1f5e4a0e8d27c3b96e41f7a5");
        loss.add(JournalField.LOST_COUNT, "7");
        loss.add(JournalField.LOST_WHERE, "kernel");
        loss.add(JournalField.LOST_SINCE, Long.toString(LogBed.NOON - 2000));
        loss.add(JournalField.LOST_UNTIL, Long.toString(LogBed.NOON - 1000));
        bed.logInOrder(List.of(loss));
        bed.archive();
        bed.vacuum();
        try (WholeLog log = bed.archiveOnly()) {
            assertEquals(
                    List.of(new Gap(Gap.Kind.LOST, LogBed.NOON - 2000, LogBed.NOON - 1000, 7, "kernel")),
                    log.coverage(TimeSpan.ALWAYS).gaps());
        }
    }

    /** An hour back in the middle. The rows of that hour occur in both orders, and none is lost or doubled. */
    @Test
    void reportsAClockThatWasSetBack() throws IOException {
        List<FlowRow> logged = new ArrayList<>(bed.log(100));
        List<FlowRow> back = new ArrayList<>();
        new GeneratedFlows(100, LogBed.NOON - 3_600_000_000L, 10)
                .forEachRemaining(row -> back.add(shifted(row, 3_700_000_000L)));
        bed.logInOrder(back);
        assertEquals(200, bed.archive());
        logged.addAll(back);
        assertEquals(LogBed.values(logged, ALL), archived());
        try (WholeLog log = bed.archiveOnly()) {
            List<Gap> gaps = log.coverage(TimeSpan.ALWAYS).gaps();
            assertEquals(Gap.Kind.CLOCK_SET_BACK, gaps.get(0).kind());
            assertTrue(gaps.get(0).overlaps(new TimeSpan(LogBed.NOON, LogBed.NOON + 1)));
            assertFalse(gaps.get(0).overlaps(new TimeSpan(0, LogBed.NOON - 7_400_000_000L)));
        }
    }

    /** Returns the same row later by the monotonic clock. */
    private static FlowRow shifted(FlowRow row, long micros) {
        FlowRow later = new FlowRow(row.time(), row.monotonic() + micros, row.boot());
        row.values().keySet().forEach(field -> row.all(field).forEach(value -> later.add(field, value)));
        return later;
    }

    @Test
    void deletesTheOldestDays() throws IOException {
        bed.log(new GeneratedFlows(100, LogBed.NOON, 100 / 172_800.0));
        bed.archive();
        try (Archiver archiver = bed.open()) {
            archiver.trim(DAY.plusDays(1), Long.MAX_VALUE, DAY.plusDays(3));
        }
        assertEquals(List.of("2026-11-23 2026-11-23 25"), bed.trimmed);
        try (WholeLog log = bed.archiveOnly()) {
            assertTrue(log.coverage(TimeSpan.ALWAYS).since() >= LogBed.NOON + 43_200_000_000L);
        }
        assertEquals(75, archived().size());
    }

    @Test
    void isWrittenByOneProcessOnly() throws IOException {
        bed.log(1);
        try (Archiver archiver = bed.open()) {
            archiver.archive(LogBed.LATER, /* keepsPairs= */ false);
            assertThrows(Exception.class, bed::open);
        }
    }

    /** Other processes may log such fields, but journald says who they are. */
    @Test
    void believesTheServiceOnly() throws IOException {
        FlowRow forged = new GeneratedFlows(1, LogBed.NOON, 10).next();
        try (var journal = new JournalFixture(bed.journals.resolve("system.journal"))) {
            journal.write(forged, Map.of("_SYSTEMD_UNIT", "other.service"));
        }
        assertEquals(0, bed.archive());
        try (WholeLog log = bed.journalOnly()) {
            assertEquals(List.of(), LogBed.values(log, ALL));
        }
    }
}
