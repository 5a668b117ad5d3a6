// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveIndex;

/**
 * Where a log of flows is.
 *
 * @param journals directories that are searched for {@code *.journal} and {@code *.journal~} files, without their
 *     subdirectories
 * @param archive directory of the archive; null: none
 * @param counts file with the service's count of written flows; null: none, as for the log of another host
 */
public record LogPlaces(List<Path> journals, Path archive, Path counts) {
    /** The archive that conntrack-logger-archive.service writes. */
    public static final Path ARCHIVE = Path.of("/var/lib/conntrack-logger/archive");

    /** The file that the service of this host renews once a second. It is gone after a boot. */
    private static final Path COUNTS = Path.of("/run/conntrack-logger/written-flows");

    /** Directories of the host's journals, systemd-journald(8). */
    private static final List<Path> JOURNALS = List.of(Path.of("/var/log/journal"), Path.of("/run/log/journal"));

    /** Returns where questions keep what does not fit into memory, environ(7) and file-hierarchy(7). */
    static Path scratch() {
        String directory = System.getenv("TMPDIR");
        return Path.of(directory == null || directory.isEmpty() ? "/var/tmp" : directory);
    }

    public LogPlaces {
        journals = List.copyOf(journals);
    }

    /** Returns these places without the archive. */
    LogPlaces withoutArchive() {
        return new LogPlaces(journals, null, counts);
    }

    /**
     * Returns where the logs of this host are. They are its journals, those of its journal namespaces, and the archive.
     */
    public static LogPlaces ofThisHost() throws IOException {
        String machine = Files.readString(Path.of("/etc/machine-id")).strip();
        List<Path> journals = new ArrayList<>();
        for (Path root : JOURNALS) {
            if (Files.isDirectory(root)) {
                try (DirectoryStream<Path> found = Files.newDirectoryStream(root, machine + "{,.*}")) {
                    found.forEach(journals::add);
                }
            }
        }
        Path archive = Files.isDirectory(LogPlaces.ARCHIVE) ? LogPlaces.ARCHIVE : null;
        return new LogPlaces(journals, archive, COUNTS);
    }

    /**
     * Returns where a copied or remote log is. It has journal files in a directory and below it, and the archive where
     * an index is.
     */
    public static LogPlaces inDirectory(Path directory) throws IOException {
        try (Stream<Path> below = Files.walk(directory)) {
            List<Path> directories = below.filter(Files::isDirectory).toList();
            Path archive = directories.stream()
                    .filter(path -> Files.exists(path.resolve(ArchiveIndex.NAME)))
                    .findFirst()
                    .orElse(null);
            return new LogPlaces(directories, archive, null);
        }
    }
}
