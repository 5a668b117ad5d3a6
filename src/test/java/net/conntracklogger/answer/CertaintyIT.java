// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.history.GeneratedFlows;
import net.conntracklogger.history.JournalFixture;
import net.conntracklogger.history.LogBed;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is wrong with the files, an absent flow is not claimed to be absent. The service logs 100 flows in 10 s, and its
 * statistics before and after them.
 */
class CertaintyIT {
    private static final int FLOWS = 100;
    private static final long SECOND = 1_000_000;
    private static final long HOUR = 3600 * SECOND;
    private static final long START = LogBed.NOON - 10 * SECOND;
    private static final long BOOTED = 86_400 * SECOND;
    private static final long BOOT = Long.reverseBytes(0x0123456789abcdefL);
    private static final int COMPLETE = 4;
    private static final int NOT_CERTAIN = 5;

    @TempDir
    private Path directory;

    private LogBed bed;
    private final List<FlowRow> rows = new ArrayList<>();

    @BeforeEach
    void make() throws IOException {
        bed = new LogBed(directory);
        rows.add(statistics(START + SECOND, 0, 0));
        List<FlowRow> flows = new ArrayList<>();
        new GeneratedFlows(FLOWS, LogBed.NOON, 10).forEachRemaining(flows::add);
        flows.sort((a, b) -> Long.compare(a.time(), b.time()));
        rows.addAll(flows);
        rows.add(statistics(LogBed.NOON + 30 * SECOND, FLOWS, 0));
    }

    /** @param ahead by how much the monotonic clock is ahead of the time */
    private static FlowRow statistics(long time, int flows, long ahead) {
        FlowRow row = new FlowRow(time, time - LogBed.NOON + BOOTED + ahead, BOOT);
        row.add(JournalField.MESSAGE_ID, MessageId.STATISTICS.text());
        row.add(JournalField.STAT_SINCE, Long.toString(START));
        row.add(JournalField.STAT_FLOWS, Integer.toString(flows));
        return row;
    }

    private int answer() throws IOException {
        TimeSpan span = new TimeSpan(LogBed.NOON + SECOND, LogBed.NOON + 9 * SECOND);
        Question question = new Question(List.of(Criterion.read("192.0.2.99")), span);
        Evidence evidence = new Evidence(
                /* thisHost= */ true, Optional.of(Configuration.DEFAULT), 0, START, LogBed.NOON + 2 * HOUR);
        try (WholeLog log = bed.whole()) {
            return new Judge(log, evidence).answer(question, 10).exitCode();
        }
    }

    @Test
    void isCompleteIfTheLogHasAsManyFlowsAsTheServiceCounted() throws IOException {
        bed.logInOrder(rows);
        assertEquals(COMPLETE, answer());
        bed.archive();
        assertEquals(COMPLETE, answer());
        bed.vacuum();
        try (JournalFixture journal = new JournalFixture(bed.journals.resolve("later.journal"))) {
            journal.write(rows.get(rows.size() - 1));
        }
        assertEquals(COMPLETE, answer(), "from the archive alone");
    }

    @Test
    void doubtsALogThatLacksAFlow() throws IOException {
        rows.remove(FLOWS / 2);
        bed.logInOrder(rows);
        assertEquals(NOT_CERTAIN, answer());
        bed.archive();
        assertEquals(NOT_CERTAIN, answer());
    }

    /** The service counted once more after its last entry of statistics. */
    private void countBeside(int flows) throws IOException {
        rows.remove(rows.size() - 1);
        WrittenFlows count = new WrittenFlows(START, LogBed.NOON + 30 * SECOND, BOOTED + 30 * SECOND, flows);
        Files.writeString(bed.counts, count.text());
    }

    @Test
    void isCompleteIfTheLogHasAsManyFlowsAsTheServiceCountedSince() throws IOException {
        countBeside(FLOWS);
        bed.logInOrder(rows);
        assertEquals(COMPLETE, answer());
        bed.archive();
        assertEquals(COMPLETE, answer());
    }

    @Test
    void doubtsALogThatLacksAFlowSinceTheLastStatistics() throws IOException {
        countBeside(FLOWS + 1);
        bed.logInOrder(rows);
        assertEquals(NOT_CERTAIN, answer());
    }

    @Test
    void doubtsWhatTheServiceDidNotCount() throws IOException {
        countBeside(FLOWS);
        bed.logInOrder(rows);
        Files.writeString(bed.counts, "flows=100\n");
        assertEquals(NOT_CERTAIN, answer());
        Files.delete(bed.counts);
        assertEquals(NOT_CERTAIN, answer());
    }

    @Test
    void doubtsTimesThatOccurTwiceSinceTheLastStatistics() throws IOException {
        WrittenFlows count = new WrittenFlows(START, LogBed.NOON + 31 * SECOND - HOUR, BOOTED + 31 * SECOND, FLOWS);
        Files.writeString(bed.counts, count.text());
        bed.logInOrder(rows);
        assertEquals(NOT_CERTAIN, answer());
    }

    @Test
    void doubtsAParquetFileThatIsCut() throws IOException {
        bed.logInOrder(rows);
        bed.archive();
        try (Stream<Path> files = Files.list(bed.archive)) {
            cut(files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow());
        }
        assertEquals(NOT_CERTAIN, answer());
    }

    @Test
    void doubtsAJournalFileThatIsCut() throws IOException {
        bed.logInOrder(rows);
        cut(bed.journals.resolve("system.journal"));
        assertEquals(NOT_CERTAIN, answer());
    }

    private static void cut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
    }

    @Test
    void doubtsWhatJournaldDeletedBeforeTheArchiveHadIt() throws IOException {
        bed.logInOrder(rows.subList(0, FLOWS / 2));
        bed.archive();
        bed.vacuum();
        bed.logInOrder(rows.subList(FLOWS - 5, rows.size()));
        assertEquals(NOT_CERTAIN, answer());
        bed.vacuum();
        assertEquals(NOT_CERTAIN, answer(), "with nothing left");
    }

    @Test
    void isCompleteWhileTheArchiveLags() throws IOException {
        bed.logInOrder(rows.subList(0, FLOWS / 2));
        bed.archive();
        try (JournalFixture journal = new JournalFixture(bed.journals.resolve("later.journal"))) {
            for (FlowRow row : rows.subList(FLOWS / 2, rows.size())) {
                journal.write(row);
            }
        }
        assertEquals(COMPLETE, answer());
    }

    @Test
    void doubtsTheRateLimitOfJournald() throws IOException {
        FlowRow suppressed = new FlowRow(LogBed.NOON + 20 * SECOND, 20 * SECOND + BOOTED, BOOT);
        suppressed.add(JournalField.MESSAGE_ID, "a596d6fe7bfa4994828e72309e95d61e");
        suppressed.add(JournalField.MESSAGE, "Suppressed 3 messages from conntrack-logger.service");
        try (JournalFixture journal = new JournalFixture(bed.journals.resolve("system.journal"))) {
            for (FlowRow row : rows.subList(0, rows.size() - 1)) {
                journal.write(row);
            }
            journal.write(suppressed, Map.of("_TRANSPORT", "driver"));
            journal.write(rows.get(rows.size() - 1));
        }
        assertEquals(NOT_CERTAIN, answer());
    }

    @Test
    void doubtsTimesThatOccurTwice() throws IOException {
        rows.add(statistics(LogBed.NOON + 40 * SECOND - HOUR, FLOWS, HOUR));
        bed.logInOrder(rows);
        assertEquals(NOT_CERTAIN, answer());
    }
}
