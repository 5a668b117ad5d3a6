// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a log of flows is.
 *
 * @param journals directories that are searched for {@code *.journal} and {@code *.journal~} files, without their
 *     subdirectories
 * @param archive directory of the archive; null: none
 */
public record LogPlaces(List<Path> journals, Path archive) {
    /** The archive that conntrack-logger-archive.service writes. */
    public static final Path ARCHIVE = Path.of("/var/lib/conntrack-logger/archive");

    public LogPlaces {
        journals = List.copyOf(journals);
    }
}
