// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Pattern;
import net.conntracklogger.Daemon;
import net.conntracklogger.SystemRoots;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.journal.Journal;
import net.conntracklogger.linux.DescriptorOutput;
import net.conntracklogger.linux.TimeFormat;
import net.conntracklogger.output.FlowFormat;
import net.conntracklogger.output.JsonLines;
import net.conntracklogger.output.ProtocolFilter;
import net.conntracklogger.output.TextLines;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger run}: logs flows in the foreground, as root. */
@Command(
        name = "run",
        description = "Logs flows in the foreground until interrupted. Needs root.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped, or the reader of the output has ended",
            "1:failed to start, or failed later",
            "2:usage or configuration error"
        })
final class RunCommand implements Callable<Integer> {
    /** {@code STDOUT_FILENO} of {@code unistd.h}. */
    private static final int STDOUT_FILENO = 1;

    /** The names of {@code --output}. */
    enum Output {
        journal,
        text,
        json
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUTPUT",
            description = "Where to write flows: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            defaultValue = "text")
    private Output output;

    @Mixin
    private ConfigurationOption configurationOption;

    @Option(
            names = {"-p", "--protocol"},
            paramLabel = "REGEX",
            description = "Log only flows whose protocol, such as ipv4/tcp or ipv6/udp, contains a match.")
    private String protocol;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = {
                "Line of text per flow, with placeholders: {ts}, {ev.proto}, {ev.src}, {ev.sport}, {ev.dst}, {ev.dport},"
                        + " {info.pid}, {info.uid}, {info.gid}, {info.service}, {info.cmdline}, or the name of a journal"
                        + " field such as {FLOW_DIRECTION}."
            },
            defaultValue = FlowFormat.DEFAULT)
    private String format;

    @Option(
            names = {"-t", "--format-ts"},
            paramLabel = "FORMAT",
            description = "strftime format of {ts} (default: ${DEFAULT-VALUE}).",
            defaultValue = "%s")
    private String timeFormat;

    @Override
    public Integer call() throws ConfigurationException {
        SystemRoots roots = SystemRoots.ofHost();
        Configuration configuration = configurationOption.read();
        return new Daemon(configuration, roots, System.getenv(), System.err).run(writer(roots));
    }

    private EntryWriter writer(SystemRoots roots) {
        EntryWriter writer = switch (output) {
            case journal -> new Journal(roots.journalSocket(), roots.units());
            case text ->
                new TextLines(
                        standardOutput(),
                        System.err,
                        parse("--format", format, FlowFormat::parse),
                        parse("--format-ts", timeFormat, TimeFormat::new));
            case json -> new JsonLines(standardOutput());
        };
        return protocol == null ? writer : new ProtocolFilter(parse("--protocol", protocol, Pattern::compile), writer);
    }

    private static DescriptorOutput standardOutput() {
        return new DescriptorOutput(STDOUT_FILENO, "standard output");
    }

    private <T> T parse(String option, String value, Function<String, T> parser) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        }
    }
}
