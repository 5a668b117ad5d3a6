// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;

/** Finds out what is known about the service of this host. Every user may read it. */
public final class HostEvidence {
    /** systemd makes this link when the unit starts, and removes it when it stops. */
    private static final Path INVOCATION = Path.of("/run/systemd/units/invocation:conntrack-logger.service");

    private HostEvidence() {}

    /**
     * Returns what is known at a time.
     *
     * @param now the time, microseconds since the epoch
     */
    public static Evidence read(long now) {
        return new Evidence(
                /* thisHost= */ true,
                configuration(),
                changed(),
                modified(INVOCATION).orElse(Evidence.NOT_RUNNING),
                now);
    }

    private static Optional<Configuration> configuration() {
        try {
            return Optional.of(ConfigurationReader.read(Daemon.CONFIGURATION));
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }

    private static long changed() {
        Path dropIns = Path.of(Daemon.CONFIGURATION + ".d");
        long latest = Math.max(
                modified(Daemon.CONFIGURATION).orElse(0L), modified(dropIns).orElse(0L));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(dropIns)) {
            for (Path file : files) {
                latest = Math.max(latest, modified(file).orElse(0L));
            }
        } catch (IOException e) {
            return latest;
        }
        return latest;
    }

    private static Optional<Long> modified(Path path) {
        try {
            return Optional.of(
                    Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).to(TimeUnit.MICROSECONDS));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
