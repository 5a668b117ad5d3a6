// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import net.conntracklogger.linux.ReplacedFile;

/**
 * Has flows archived before journald deletes them. It is for flows that come so fast that the timer would be too late.
 * Replaces a file that conntrack-logger-archive.path watches, also one that another user put there. If it cannot be replaced, an
 * error is printed once, and the service goes on. Called by thread main only.
 */
public final class ArchiveRequest {
    /** Entries between two requests. At 10,000 a second, journald keeps 1.9 million with its defaults. */
    private static final long ENTRIES = 250_000;

    private final ReplacedFile file;
    private final PrintStream errors;
    private long requested;
    private boolean failed;

    /** @param path the file that is watched */
    public ArchiveRequest(Path path, PrintStream errors) {
        this.file = new ReplacedFile(path);
        this.errors = errors;
    }

    /** Replaces the file if there are enough new entries. */
    public void check(long written) {
        if (written - requested < ENTRIES) {
            return;
        }
        requested = written;
        write();
    }

    /** Replaces the file. */
    public void write() {
        try {
            file.write(Long.toString(requested));
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                // What journald deletes before is reported as a gap.
                errors.println(e.getMessage() + "; only the timer starts the archive, every five minutes");
            }
            failed = true;
        }
    }
}
