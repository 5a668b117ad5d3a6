// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.archive.write.ArchiveWriter;
import net.conntracklogger.archive.write.RowTable;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchivedFleetTest {
    /** 2026-11-23 02:14:07 UTC. */
    private static final long TIME = 1_795_400_047_000_000L;

    @TempDir
    Path directory;

    /** Archives a flow to port 80 that began so many microseconds after the time. */
    private Path archive(String folder, long after) throws IOException {
        Path archive = Files.createDirectories(directory.resolve(folder));
        FlowRow row = new FlowRow(TIME + after, 0, 0);
        row.add(JournalField.FLOW_EVENT, "new");
        row.add(JournalField.FLOW_ID, "1");
        row.add(JournalField.FLOW_DST, "192.0.2.1");
        row.add(JournalField.FLOW_DPORT, "80");
        try (Database database = Database.open(1, "64MB", archive);
                RowTable table = new RowTable(database, ArchiveKind.FLOWS)) {
            table.add(row, 0);
            table.flush();
            LocalDate day = LocalDate.of(2026, 11, 23);
            ArchiveFile file = new ArchiveWriter(archive, database).write(ArchiveKind.FLOWS, day, 1);
            new ArchiveIndex(2, null, List.of(file)).write(archive);
        }
        return archive;
    }

    private static List<String> hosts(FoundFlows flows) {
        return flows.rows().stream().map(row -> row.host().name()).toList();
    }

    @Test
    void readsTheFoldersOfAllDirectoriesAsOne() throws IOException {
        archive("a/web2", 1);
        archive("a/web1", 2);
        archive("b/web3", 0);
        List<Path> directories = List.of(directory.resolve("a"), directory.resolve("b"));
        FlowQuery query = FlowQuery.in(TimeSpan.ALWAYS);
        try (ArchivedFleet fleet = ArchivedFleet.open(directories, TIME)) {
            FoundFlows all = fleet.flows(List.of(query), 100).get(0);
            assertEquals(List.of("web3", "web2", "web1"), hosts(all), "in the order of their begin");
            assertTrue(all.complete());
            FoundFlows last = fleet.flows(List.of(query), 2).get(0);
            assertEquals(List.of("web2", "web1"), hosts(last), "the last ones of all");
            assertTrue(!last.complete());
            assertEquals(3, fleet.hosts(TimeSpan.ALWAYS).size());
        }
    }

    @Test
    void namesAHostWhoseFileIsDamaged() throws IOException {
        archive("web1", 0);
        try (var files = Files.newDirectoryStream(archive("web2", 1), "*.parquet")) {
            for (Path file : files) {
                Files.write(file, new byte[100]);
            }
        }
        Question question =
                new Question(List.of(new Criterion.Port(80)), new TimeSpan(TIME - 1_000_000, TIME + 1_000_000));
        try (ArchivedFleet fleet = ArchivedFleet.open(List.of(directory), TIME);
                Moments moments = new Moments(/* utc= */ true)) {
            FleetVerdict verdict =
                    new FleetJudge(fleet, TIME).answer(List.of(question), 100).get(0);
            assertEquals(List.of("web1"), hosts(new FoundFlows(verdict.flows(), true)));
            String sentence = new FleetSentence(moments).of(verdict);
            assertTrue(sentence.contains("on web1") && sentence.contains("more may be missing: web2: "), sentence);
        }
    }

    @Test
    void refusesTwoFoldersWithOneName() throws IOException {
        Path one = Files.createDirectories(directory.resolve("a/web1"));
        Path other = Files.createDirectories(directory.resolve("b/web1"));
        String message = assertThrows(
                        IOException.class, () -> ArchivedFleet.open(List.of(one.getParent(), other.getParent()), TIME))
                .getMessage();
        assertEquals(
                "cannot read " + one + " and " + other + " as two hosts: they have one name; rename a folder", message);
    }

    @Test
    void saysWhatToCopyWhere() {
        String message = assertThrows(IOException.class, () -> ArchivedFleet.open(List.of(directory), TIME))
                .getMessage();
        assertTrue(message.contains("copy the archive of each host into a folder of its own"), message);
    }
}
