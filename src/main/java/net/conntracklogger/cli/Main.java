// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.cli.ask.LearnCommand;
import net.conntracklogger.cli.ask.ReportCommand;
import net.conntracklogger.cli.ask.TopCommand;
import net.conntracklogger.cli.ask.WhoCommand;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.history.coverage.NotPermittedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code conntrack-logger}. */
@Command(
        name = "conntrack-logger",
        description = "Logs every network flow with the process and service that opened it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private static final Map<String, Supplier<Object>> SUBCOMMANDS = subcommands();

    private static Map<String, Supplier<Object>> subcommands() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("who", WhoCommand::new);
        all.put("report", ReportCommand::new);
        all.put("top", TopCommand::new);
        all.put("learn", LearnCommand::new);
        all.put("check", CheckCommand::new);
        all.put("run", RunCommand::new);
        all.put("archive", ArchiveCommand::new);
        all.put("fleet", FleetCommand::new);
        return all;
    }

    /** Runs a subcommand and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(of(arguments).execute(arguments));
    }

    /**
     * Returns the command that understands some arguments. It has the one subcommand that they name, because picocli takes some
     * 10 ms to read the options of each.
     */
    static CommandLine of(String... arguments) {
        CommandLine main = new CommandLine(new Main());
        String named = arguments.length == 0 ? "" : arguments[0];
        SUBCOMMANDS.forEach((name, command) -> {
            if (name.equals(named) || !SUBCOMMANDS.containsKey(named)) {
                main.addSubcommand(name, command.get());
            }
        });
        // What is asked for may come from an alert: picocli would read options from a file that it names after an @.
        return main.setExpandAtFiles(false)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(failure.getMessage() == null ? failure : failure.getMessage());
                    return exitCode(failure);
                })
                .setParameterExceptionHandler((mistake, wrong) -> {
                    CommandLine command = mistake.getCommandLine();
                    command.getErr().println(mistake.getMessage());
                    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
                    return CommandLine.ExitCode.USAGE;
                });
    }

    private static int exitCode(Exception failure) {
        if (failure instanceof NotPermittedException) {
            return Verdict.NOT_PERMITTED;
        }
        return failure instanceof ConfigurationException ? Daemon.MISCONFIGURED : Daemon.FAILED;
    }
}
