// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.archive.Database;
import net.conntracklogger.archive.write.ArchiveWriter;
import net.conntracklogger.archive.write.RowTable;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowFeed;
import net.conntracklogger.history.query.FlowRow;

/**
 * Asks a log of one flow, so that the JVM archives the commands' classes ({@code -XX:ArchiveClassesAtExit}). They start
 * faster from the archive. Needs no privileges and prints nothing.
 */
final class CommandRehearsal {
    /** 2026-11-23 02:14:07 UTC, in microseconds since the epoch. */
    private static final long MOMENT = 1_795_400_047_000_000L;

    private CommandRehearsal() {}

    /** Rehearses each command that reads the log. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("conntrack-logger");
        try {
            writeArchive(directory);
            String log = "--directory=" + directory;
            run("who", log, "192.0.2.1:80", "--at=2026-11-23T02:14:07Z", "--within=5s");
            run("who", log, "192.0.2.9", "--output=json");
            run("report", log, "--since=2026-11-23T00:00:00Z");
            run("report", log, "--output=json", "--flows=1");
            run("report", log, "--since=2026-11-23T00:00:00Z", "--html=-");
            run("check", "--help");
            run("top", "--help");
            run("--version");
        } finally {
            delete(directory);
        }
        try (FlowFeed journal = WholeLog.follow()) {
            journal.next(Duration.ZERO);
        } catch (IOException e) {
            // A machine without a journal archives the classes of journals when they are first used.
        }
    }

    private static void writeArchive(Path directory) throws IOException {
        FlowRow row = new FlowRow(MOMENT, 0, 0);
        row.add(JournalField.FLOW_EVENT, "new");
        row.add(JournalField.FLOW_DST, "192.0.2.1");
        row.add(JournalField.FLOW_DPORT, "80");
        try (Database database = Database.open(1, "64MB", directory);
                RowTable table = new RowTable(database, ArchiveKind.FLOWS)) {
            table.add(row, 0);
            table.flush();
            LocalDate day = LocalDate.of(2026, 11, 23);
            ArchiveFile file = new ArchiveWriter(directory, database).write(ArchiveKind.FLOWS, day, 1);
            new ArchiveIndex(2, null, List.of(file)).write(directory);
        }
    }

    private static void run(String... arguments) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Main.of(arguments).setOut(nowhere).setErr(nowhere).execute(arguments);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> below = Files.walk(directory)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
