// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.conntracklogger.archive.ArchiveFile;

/** Decides which days go. */
final class Retention {
    private Retention() {}

    /**
     * Returns the files of the days to be deleted, the oldest first. Never those of today.
     *
     * @param oldest the oldest day to keep
     * @param maxBytes maximum size of the rest
     */
    static List<ArchiveFile> excess(List<ArchiveFile> files, LocalDate oldest, long maxBytes, LocalDate today) {
        List<ArchiveFile> byDay = new ArrayList<>(files);
        byDay.sort(Comparator.comparing(ArchiveFile::day));
        long bytes = files.stream().mapToLong(ArchiveFile::allBytes).sum();
        List<ArchiveFile> excess = new ArrayList<>();
        LocalDate going = null;
        for (ArchiveFile file : byDay) {
            boolean goes = file.day().isBefore(oldest)
                    || bytes > maxBytes
                    || file.day().equals(going);
            if (!goes || !file.day().isBefore(today)) {
                break;
            }
            going = file.day();
            bytes -= file.allBytes();
            excess.add(file);
        }
        return excess;
    }
}
