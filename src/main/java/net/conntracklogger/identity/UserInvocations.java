// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.concurrent.BoundedCalls;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;

/**
 * Knows which invocation of a user's own unit is active. The service manager of the user makes a link
 * {@code invocation:UNIT} to the id in the runtime directory of the user, and removes it when the unit has ended; journald
 * reads it for {@code _SYSTEMD_INVOCATION_ID}. These directories come and go with their users and are not watched: a link
 * counts if it is older than the flow and still there. Not thread-safe, except for the counts.
 *
 * <p>The path to the links leads through mounts and links that the user may have made, such as an automount of a host that
 * does not answer. So a thread that may hang opens the directory, at most once a second for a user. The links in it are
 * read at once, because they count only on a file system that the kernel of this host serves.
 */
final class UserInvocations implements AutoCloseable {
    /**
     * Maximum rounding of a file's times, in nanoseconds. They are rounded down to a tick of the kernel's clock: at
     * most 10 ms, because CONFIG_HZ is at least 100.
     */
    private static final long TICK_NANOS = 10_000_000;
    /** Maximum age of an open directory, in nanoseconds. */
    private static final long FRESH_NANOS = 1_000_000_000;
    /** Maximum number of open directories. */
    private static final int MOST_OPEN = 64;

    /** The directory of a user's links; its descriptor is -1 if there is none. */
    private record Directory(FileDescriptor file, long opened) {}

    private final Path directories;
    private final FileReader links = new FileReader();
    private final BoundedCalls calls = new BoundedCalls("runtime-directories");
    private final RecentlyUsed<Long, Directory> open =
            new RecentlyUsed<>(MOST_OPEN, directory -> directory.file.close());

    /** Takes {@code /run/user}, which holds the runtime directories of all users by their ids. */
    UserInvocations(Path directories) {
        this.directories = directories;
    }

    /**
     * Returns the id of the invocation that has been active since {@code from}. Returns null if that is not certain.
     * The user can forge the link.
     *
     * @param from nanoseconds of CLOCK_MONOTONIC
     */
    String of(long uid, String unit, long from) {
        int directory = directory(uid).file.number();
        if (directory < 0) {
            return null;
        }
        String link = UnitInvocations.PREFIX + unit;
        String id = UnitInvocations.id(links, links.readLink(directory, link));
        if (id == null) {
            return null;
        }
        // After the link was read: one that replaced it meanwhile is too young.
        FileStatus status = FileStatus.ofLink(directory, link);
        long began = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - (System.nanoTime() - from);
        return status != null && status.changed() + TICK_NANOS <= began ? id : null;
    }

    private Directory directory(long uid) {
        Directory known = open.get(uid);
        long now = System.nanoTime();
        if (known != null && now - known.opened < FRESH_NANOS) {
            return known;
        }
        if (known != null) {
            known.file.close();
        }
        String path = directories + "/" + uid + "/systemd/units";
        FileDescriptor file = calls.call(uid, () -> open(path), FileDescriptor::close);
        Directory opened = new Directory(file == null ? new FileDescriptor(-1) : file, now);
        open.put(uid, opened);
        return opened;
    }

    /** Opens a directory. The descriptor is -1 if the directory does not exist or is on another kind of file system. */
    private static FileDescriptor open(String path) {
        try {
            FileDescriptor file = FileDescriptor.open(path, LibC.O_PATH | LibC.O_DIRECTORY);
            if (FileSystemType.of(file.number(), path).isLocal()) {
                return file;
            }
            file.close();
        } catch (LinuxException e) {
            // The user has no service manager.
        }
        return new FileDescriptor(-1);
    }

    /** Reports whether directories were not available in time within the last minute. Thread-safe. */
    boolean isSilent() {
        return calls.isSilent();
    }

    /** Returns how often a directory was not available in time. Thread-safe. */
    long leftOut() {
        return calls.leftOut();
    }

    @Override
    public void close() {
        calls.close();
        open.forEachValue(directory -> directory.file.close());
        links.close();
    }
}
