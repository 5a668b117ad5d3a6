// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.util.concurrent.Callable;
import net.conntracklogger.Daemon;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.fleet.template.Template;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger fleet}: what brings the entries of many hosts together. */
@Command(
        name = "fleet",
        description = "Prints configurations of the programs that bring the entries of many hosts together.",
        footer = "To ask all hosts: conntrack-logger who --fleet",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = FleetCommand.TemplateCommand.class)
final class FleetCommand {
    /** The command {@code conntrack-logger fleet template}. */
    @Command(
            name = "template",
            description = "Prints an index template, tables, or the configuration of a shipper.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:printed", "1:failed", "2:usage or configuration error"})
    static final class TemplateCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(
                paramLabel = "TEMPLATE",
                description = "opensearch, opensearch-retention, rsyslog, clickhouse, vector or fluent-bit.")
        private String name;

        @Mixin
        private ConfigurationOption configuration;

        @Override
        public Integer call() throws ConfigurationException {
            Template template = Template.named(name)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "'" + name + "' is no template; use one of " + Template.names()));
            spec.commandLine().getOut().print(template.text(configuration.read().fleet()));
            spec.commandLine().getOut().flush();
            return Daemon.DONE;
        }
    }
}
