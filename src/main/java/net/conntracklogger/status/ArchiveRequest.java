// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Has flows archived before journald deletes them. It is for flows that come so fast that the timer would be too late.
 * Writes a file that conntrack-logger-archive.path watches. Called by thread main only.
 */
public final class ArchiveRequest {
    /** Entries between two requests. At 10,000 a second, journald keeps 1.9 million with its defaults. */
    private static final long ENTRIES = 250_000;

    private final Path file;
    private long requested;

    /** @param file the file that is watched */
    public ArchiveRequest(Path file) {
        this.file = file;
    }

    /** Writes the file if there are enough new entries. */
    public void check(long written) {
        if (written - requested < ENTRIES) {
            return;
        }
        requested = written;
        try {
            Files.write(file, Long.toString(written).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The timer starts the archive within five minutes. What is deleted before is reported as a gap.
        }
    }
}
