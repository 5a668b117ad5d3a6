// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Path;
import net.conntracklogger.history.LogPlaces;
import picocli.CommandLine.Option;

/** The option that says which log to read. */
final class LogOptions {
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
}
