// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LinuxException;

/**
 * Which run of a user's own unit is on. The user's service manager says so by a link {@code invocation:UNIT} to the id, in
 * the user's runtime directory, and takes it away when the unit has ended; journald's {@code _SYSTEMD_INVOCATION_ID} comes
 * from there. These directories come and go with their users and are not watched: a link is believed if it was there before
 * the flow began, and still is. Safe for use by several threads.
 */
final class UserInvocations implements AutoCloseable {
    /** A file's times are those of the clock's last tick, in nanoseconds: CONFIG_HZ is 100 at least. */
    private static final long TICK = 10_000_000;

    private final Path directories;
    private final FileReader links = new FileReader();

    /** @param directories those of all users by their ids, {@code /run/user} */
    UserInvocations(Path directories) {
        this.directories = directories;
    }

    /**
     * The id of the run that has been on since this time of CLOCK_MONOTONIC, in nanoseconds; null where that is not certain.
     * The user could have put any there.
     */
    synchronized String of(long uid, String unit, long from) throws LinuxException {
        String link = UnitInvocations.link(directories + "/" + uid + "/systemd/units", unit);
        String id = UnitInvocations.readId(links, link);
        if (id == null) {
            return null;
        }
        // After it was read: one that came in between is too young.
        FileStatus status = FileStatus.ofLink(link);
        long began = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - (System.nanoTime() - from);
        return status != null && status.changed() + TICK <= began ? id : null;
    }

    @Override
    public void close() {
        links.close();
    }
}
