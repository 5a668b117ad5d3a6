// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import net.conntracklogger.config.ArchiveLimits;

/**
 * One run of the archive's service.
 *
 * @param directory the archive
 * @param journals directories of journal files
 * @param limits how much is kept
 * @param pairs whether the pairs of units and destinations are kept beside it (FirstSeen=)
 */
public record ArchiveRun(Path directory, List<Path> journals, ArchiveLimits limits, boolean pairs) {
    /** Share of the file system, if the configuration has no size. */
    private static final int SHARE = 10;

    private static final long LARGEST_DEFAULT = 16L << 30;

    /** Entries of a day are all archived by then, unless runs fail. */
    private static final Duration END_OF_DAY = Duration.ofHours(1);

    public ArchiveRun {
        journals = List.copyOf(journals);
    }

    /**
     * Archives what the journal has, merges files, sums days up and deletes the oldest days.
     *
     * @throws IOException also if the archive belongs to another user, who could not write files of this one
     */
    public void run(Instant now, ArchiveNotices notices) throws IOException {
        requireOwner();
        try (Archiver archiver = Archiver.open(directory, journals, notices)) {
            archiver.archive(now, pairs);
            LocalDate today = day(now.minus(END_OF_DAY));
            archiver.merge(today);
            archiver.sum(today);
            archiver.trim(day(now.minusSeconds(limits.keepSeconds())), maxBytes(), today);
        }
    }

    private void requireOwner() throws IOException {
        // The kernel gives /proc/self to the effective user, proc(5).
        if (Files.exists(directory) && !Files.getOwner(directory).equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new IOException("cannot write the archive %s: it belongs to the user %s; use: systemctl start %s"
                    .formatted(directory, Files.getOwner(directory), "conntrack-logger-archive"));
        }
    }

    private static LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }

    private long maxBytes() throws IOException {
        return limits.maxUse().isPresent()
                ? limits.maxUse().getAsLong()
                : Math.min(Files.getFileStore(directory).getTotalSpace() / SHARE, LARGEST_DEFAULT);
    }
}
