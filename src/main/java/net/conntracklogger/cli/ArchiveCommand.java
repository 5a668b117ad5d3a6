// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import net.conntracklogger.Daemon;
import net.conntracklogger.SystemRoots;
import net.conntracklogger.archive.write.ArchiveRun;
import net.conntracklogger.archive.write.JournalNotices;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.journal.Journal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code conntrack-logger archive}, which conntrack-logger-archive.service runs. */
@Command(
        name = "archive",
        description = "Writes the flows that the journal has to the archive, once.",
        footer = "To archive now: systemctl start conntrack-logger-archive",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:archived",
            "1:failed",
            "2:usage or configuration error",
            "6:the journal may not be read by this user"
        })
final class ArchiveCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationOption configurationOption;

    @Option(
            names = "--archive",
            paramLabel = "DIRECTORY",
            description = "Directory of the archive (default: /var/lib/conntrack-logger/archive).")
    private Path archive = LogPlaces.ARCHIVE;

    @Option(
            names = "--journal",
            paramLabel = "DIRECTORY",
            description = "Directory of journal files; may be repeated (default: those of this host).")
    private List<Path> journals;

    @Override
    public Integer call() throws Exception {
        Configuration configuration = configurationOption.read();
        List<Path> sources = journals == null ? LogPlaces.ofThisHost().journals() : journals;
        SystemRoots roots = SystemRoots.ofHost();
        try (Journal journal = new Journal(roots.journalSocket(), roots.units())) {
            new ArchiveRun(archive, sources, configuration.archive(), configuration.firstSeen())
                    .run(Instant.now(), new JournalNotices(journal));
        }
        return Daemon.DONE;
    }
}
