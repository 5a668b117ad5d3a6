// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LinuxException;

/**
 * Knows which invocation of a user's own unit is active. The service manager of the user makes a link
 * {@code invocation:UNIT} to the id in the runtime directory of the user, and removes it when the unit has ended; journald
 * reads it for {@code _SYSTEMD_INVOCATION_ID}. These directories come and go with their users and are not watched: a link
 * counts if it is older than the flow and still there. Thread-safe.
 */
final class UserInvocations implements AutoCloseable {
    /** The times of a file are those of the last clock tick: CONFIG_HZ is at least 100. */
    private static final long TICK_NANOS = 10_000_000;

    private final Path directories;
    private final FileReader links = new FileReader();

    /** Takes {@code /run/user}, which holds the runtime directories of all users by their ids. */
    UserInvocations(Path directories) {
        this.directories = directories;
    }

    /**
     * Returns the id of the invocation that has been active since {@code from}, or null if that is not certain. The user can
     * forge the link.
     *
     * @param from nanoseconds of CLOCK_MONOTONIC
     */
    synchronized String of(long uid, String unit, long from) throws LinuxException {
        String link = UnitInvocations.link(directories + "/" + uid + "/systemd/units", unit);
        String id = UnitInvocations.readId(links, link);
        if (id == null) {
            return null;
        }
        // After the link was read: one that replaced it meanwhile is too young.
        FileStatus status = FileStatus.ofLink(link);
        long began = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - (System.nanoTime() - from);
        return status != null && status.changed() + TICK_NANOS <= began ? id : null;
    }

    @Override
    public void close() {
        links.close();
    }
}
