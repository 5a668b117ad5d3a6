// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.nio.file.Path;
import net.conntracklogger.Daemon;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import picocli.CommandLine.Option;

/** The option of every command that reads the configuration of the service. */
final class ConfigurationOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration file, which must exist (default: /etc/conntrack-logger.conf if it exists).")
    private Path named;

    /** Reads the named configuration, or the installed one. */
    Configuration read() throws ConfigurationException {
        return named == null ? ConfigurationReader.read(Daemon.CONFIGURATION) : ConfigurationReader.readExisting(named);
    }
}
