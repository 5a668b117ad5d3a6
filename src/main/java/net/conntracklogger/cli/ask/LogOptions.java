// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.report.Origin;
import picocli.CommandLine.Option;

/** The option that says which log to read. */
final class LogOptions {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    @Option(
            names = {"-D", "--directory"},
            paramLabel = "DIRECTORY",
            description = "Read journal files and archive in this directory, such as those of another host.")
    private Path directory;

    /** Reports whether this is the log of the running system. */
    boolean isOfThisHost() {
        return directory == null;
    }

    LogPlaces places() throws IOException {
        return directory == null ? LogPlaces.ofThisHost() : LogPlaces.inDirectory(directory);
    }

    /**
     * Returns where a report about the log comes from.
     *
     * @param made when it is made, microseconds since the epoch
     * @param zone time zone of its times
     */
    Origin origin(long made, ZoneId zone) throws IOException {
        String host = directory == null ? Files.readString(HOST_NAME).strip() : null;
        return new Origin(host, directory, getClass().getPackage().getImplementationVersion(), made, zone);
    }
}
