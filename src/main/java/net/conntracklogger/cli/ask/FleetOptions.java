// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import net.conntracklogger.Daemon;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.fleet.ArchivedFleet;
import net.conntracklogger.fleet.FleetLog;
import net.conntracklogger.fleet.IndexedFleet;
import net.conntracklogger.fleet.search.FleetIndex;
import net.conntracklogger.fleet.search.SearchCluster;
import picocli.CommandLine.Option;

/** The options that say that the logs of many hosts are asked. */
final class FleetOptions {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--fleet", description = "Ask for the flows of all hosts, in the search cluster of [Fleet].")
    private boolean indexed;

    @Option(
            names = "--archive",
            paramLabel = "DIRECTORY",
            description = "Ask for the flows of all hosts whose archives are folders in it; may be repeated.")
    private List<Path> archives;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration file with the section [Fleet] (default: /etc/conntrack-logger.conf).")
    private Path configuration;

    /** Reports whether the logs of many hosts are asked. */
    boolean isGiven() {
        return indexed || archives != null;
    }

    /** Reports whether they are asked in two ways at once. */
    boolean isTwofold() {
        return indexed && archives != null;
    }

    /**
     * Opens the logs.
     *
     * @param now the time, microseconds since the epoch
     */
    FleetLog open(long now) throws IOException, ConfigurationException {
        if (archives != null) {
            return ArchivedFleet.open(archives, now);
        }
        Path file = configuration == null ? Daemon.CONFIGURATION : configuration;
        FleetCluster cluster = (configuration == null
                        ? ConfigurationReader.read(file)
                        : ConfigurationReader.readExisting(file))
                .fleet();
        if (cluster.urls().isEmpty()) {
            throw new ConfigurationException(
                    file + ": [Fleet] URL=: no cluster to ask; name its nodes, see conntrack-logger-fleet(7)");
        }
        return new IndexedFleet(new FleetIndex(SearchCluster.open(cluster, CONNECT, PATIENCE)), now);
    }
}
