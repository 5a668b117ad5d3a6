// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.check.Doctor;
import net.conntracklogger.check.Finding;
import net.conntracklogger.cli.ask.HostEvidence;
import net.conntracklogger.cli.output.Lines;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.cli.output.RowText;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.output.JsonText;
import net.conntracklogger.terminal.Cell;
import net.conntracklogger.terminal.Column;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.Style;
import net.conntracklogger.terminal.Table;
import net.conntracklogger.terminal.Wrap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger check}. Shows what is right with this host, and what to do about the rest. */
@Command(
        name = "check",
        description = "Checks this host: kernel, service, journal, archive, and how long flows are kept.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:no check failed", "1:a check failed", "2:usage error"})
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException {
        long now = EpochMicros.now();
        try (Moments moments = new Moments(results.utc())) {
            Doctor doctor = new Doctor(
                    Path.of("/"),
                    Daemon.CONFIGURATION,
                    HostEvidence.read(now),
                    moments,
                    () -> WholeLog.open(LogPlaces.ofThisHost()));
            List<Finding> findings = doctor.findings();
            print(findings);
            return findings.stream().anyMatch(finding -> finding.level() == Finding.Level.FAIL)
                    ? Daemon.FAILED
                    : Daemon.DONE;
        }
    }

    private void print(List<Finding> findings) throws IOException {
        Screen screen = results.screen(System.getenv());
        Lines lines = new Lines(results, screen, spec.commandLine().getOut());
        switch (results.format()) {
            case table, cat -> lines.print(table(findings, screen));
            case json -> lines.print(findings.stream().map(CheckCommand::json).toList());
            case csv -> {
                List<String> records =
                        new ArrayList<>(results.legend() ? List.of("RESULT,CHECK,TEXT,REMEDY") : List.of());
                findings.forEach(it ->
                        records.add(RowText.record(List.of(it.level().text(), it.subject(), it.text(), it.remedy()))));
                lines.print(records);
            }
        }
    }

    /**
     * Returns the lines of the findings. A remedy has a line of its own and is never shortened, because people follow
     * it.
     */
    private static List<String> table(List<Finding> findings, Screen screen) {
        Table table = new Table(List.of(Column.fixed("RESULT"), Column.fixed("CHECK"), Column.fixed("TEXT")));
        int indent = 2
                + 4
                + findings.stream().mapToInt(it -> it.subject().length()).max().orElse(0)
                + 2;
        for (Finding finding : findings) {
            table.add(List.of(
                    new Cell(finding.level().text(), style(finding.level())),
                    Cell.of(finding.subject()),
                    Cell.of(finding.text())));
        }
        List<String> rows = table.lines(screen, /* legend= */ false);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            lines.addAll(Wrap.lines(rows.get(i), screen.width(), indent));
            String remedy = findings.get(i).remedy();
            if (!remedy.isEmpty()) {
                lines.addAll(
                        Wrap.lines(" ".repeat(indent) + "-> " + Cell.of(remedy).text(), screen.width(), indent + 3));
            }
        }
        return lines;
    }

    private static Style style(Finding.Level level) {
        return switch (level) {
            case OK -> Style.GOOD;
            case WARN -> Style.DOUBTFUL;
            case FAIL -> Style.BAD;
            case SKIP -> Style.FAINT;
        };
    }

    private static String json(Finding finding) {
        StringBuilder line = new StringBuilder("{\"result\":");
        JsonText.append(line, finding.level().text());
        JsonText.append(line.append(",\"check\":"), finding.subject());
        JsonText.append(line.append(",\"text\":"), finding.text());
        JsonText.append(line.append(",\"remedy\":"), finding.remedy());
        return line.append('}').toString();
    }
}
