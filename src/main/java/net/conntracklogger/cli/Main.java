// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import net.conntracklogger.Daemon;
import net.conntracklogger.cli.ask.ReportCommand;
import net.conntracklogger.cli.ask.TopCommand;
import net.conntracklogger.cli.ask.WhoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code conntrack-logger}. */
@Command(
        name = "conntrack-logger",
        description = "Logs every network flow with the process and service that opened it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            WhoCommand.class,
            ReportCommand.class,
            TopCommand.class,
            CheckCommand.class,
            RunCommand.class,
            ArchiveCommand.class
        })
public final class Main {
    /** Runs a subcommand and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(failure.getMessage() == null ? failure : failure.getMessage());
                    return Daemon.FAILED;
                })
                .setParameterExceptionHandler((mistake, wrong) -> {
                    CommandLine command = mistake.getCommandLine();
                    command.getErr().println(mistake.getMessage());
                    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
                    return CommandLine.ExitCode.USAGE;
                })
                .execute(arguments));
    }
}
