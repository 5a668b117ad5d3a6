// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.conntracklogger.answer.FlowTable;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.terminal.Screen;
import picocli.CommandLine;

/**
 * Asks an empty log, so that the JVM archives the classes of the commands ({@code -XX:ArchiveClassesAtExit}). They start faster
 * from the archive. Needs no privileges and prints nothing.
 */
final class CommandRehearsal {
    private CommandRehearsal() {}

    /** Rehearses each command that reads the log. */
    public static void main(String[] arguments) throws IOException {
        Path empty = Files.createTempDirectory("conntrack-logger");
        try {
            String log = "--directory=" + empty;
            run("who", log, "192.0.2.1:80", "--at=2026-11-23 02:14:07", "--within=5s");
            run("who", log, "192.0.2.1", "--output=json");
            run("report", log);
            run("report", log, "--output=json");
            run("check", "--help");
            run("top", "--help");
        } finally {
            Files.delete(empty);
        }
        FlowRow row = new FlowRow(1, 0, 0);
        row.add(JournalField.FLOW_SRC, "192.0.2.1");
        try (Moments moments = new Moments(/* utc= */ true)) {
            new FlowTable(moments).lines(List.of(row), new Screen(80, 24, /* colour= */ true), /* legend= */ true);
        }
    }

    private static void run(String... arguments) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        new CommandLine(new Main()).setOut(nowhere).setErr(nowhere).execute(arguments);
    }
}
