// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import com.sun.jna.Native;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.Poll;

/**
 * Knows which invocation of a system unit was active at a time. systemd makes a link {@code invocation:UNIT} to the id before
 * the first process of a unit, and removes it when the unit has ended; journald reads it for
 * {@code _SYSTEMD_INVOCATION_ID}. To read the link later could find the next invocation or none. So the directory is watched
 * (inotify(7)) and past invocations are kept. Times are nanoseconds of CLOCK_MONOTONIC. Thread-safe.
 */
final class UnitInvocations implements Closeable {
    /** Prefix of the links' names, which end with the name of the unit. */
    static final String PREFIX = "invocation:";

    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
    /** {@code struct inotify_event {int wd; uint32_t mask, cookie, len; char name[]}}. */
    private static final int EVENT_MASK = 4;

    private static final int EVENT_LEN = 12;
    private static final int EVENT_NAME = 16;

    private final Path directory;
    private final FileDescriptor inotify;
    private final Poll poll;
    private final NativeBuffer events = new NativeBuffer(64 * 1024);
    private final FileReader links = new FileReader();
    private final InvocationHistory history = new InvocationHistory();

    /** All events before this time are read. */
    private long upToDate = Long.MIN_VALUE;

    private boolean overflown;
    private long changes;

    /**
     * Starts to watch.
     *
     * @param directory {@code /run/systemd/units}
     * @throws LinuxException if the directory cannot be watched
     */
    UnitInvocations(Path directory) throws LinuxException {
        this.directory = directory;
        inotify = FileDescriptor.of(
                LibC.inotify_init1(LibC.IN_NONBLOCK | LibC.IN_CLOEXEC), "watch", directory.toString(), "");
        try (NativeBuffer path = NativeBuffer.ofString(directory.toString())) {
            int mask = LibC.IN_CREATE | LibC.IN_MOVED_TO | LibC.IN_DELETE;
            if (LibC.inotify_add_watch(inotify.number(), path.pointer(), mask) < 0) {
                LinuxException failure =
                        LinuxException.last("watch", directory.toString(), "see inotify(7) for its limits");
                inotify.close();
                throw failure;
            }
        }
        poll = poll(inotify);
        list();
        update();
    }

    private static Poll poll(FileDescriptor inotify) throws LinuxException {
        try {
            return Poll.wakeable(inotify.number());
        } catch (LinuxException e) {
            inotify.close();
            throw e;
        }
    }

    /** Waits for changes and reads them. */
    void watch(int milliseconds) throws LinuxException {
        if (poll.await(milliseconds)) {
            update();
        }
    }

    /** Ends the wait for changes, now and later. Thread-safe. */
    void wake() {
        poll.wake();
    }

    /**
     * Returns the id of the invocation that was active throughout an interval. Returns null if that is not certain.
     *
     * @param to end of the interval, not later than now
     */
    synchronized String of(String unit, long from, long to) throws LinuxException {
        if (upToDate < to) {
            update();
        }
        return history.of(unit, from, to);
    }

    /** Returns the number of changes up to a time, not later than now. */
    synchronized long changes(long to) throws LinuxException {
        if (upToDate < to) {
            update();
        }
        return changes;
    }

    private synchronized void update() throws LinuxException {
        boolean complete = false;
        try {
            readAllEvents();
            complete = true;
        } finally {
            // After a failure, events may be missing.
            overflown = !complete;
        }
    }

    private void readAllEvents() throws LinuxException {
        long now = System.nanoTime();
        while (readEvents() || overflown) {
            history.identify(this::readId);
            if (overflown) {
                history.clear();
                list();
                overflown = false;
                changes++;
            }
            now = System.nanoTime();
        }
        history.confirm();
        upToDate = now;
    }

    private void list() throws LinuxException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path entry : entries) {
                String unit = entry.getFileName().toString().substring(PREFIX.length());
                history.begin(unit, Long.MIN_VALUE, System.nanoTime(), readId(unit));
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new LinuxException("list", directory.toString(), Errno.ENOENT, e.getMessage());
        }
    }

    /** Reads the events that wait. Returns false if there were none. */
    private boolean readEvents() throws LinuxException {
        int length = (int) LibC.read(inotify.number(), events.pointer(), events.size());
        if (length < 0) {
            if (Native.getLastError() == Errno.EAGAIN) {
                return false;
            }
            throw LinuxException.last("watch", directory.toString(), "");
        }
        long now = System.nanoTime();
        ByteBuffer bytes = events.bytes();
        for (int at = 0; at < length; at += EVENT_NAME + bytes.getInt(at + EVENT_LEN)) {
            int mask = bytes.getInt(at + EVENT_MASK);
            overflown |= (mask & LibC.IN_Q_OVERFLOW) != 0;
            byte[] padded = new byte[bytes.getInt(at + EVENT_LEN)];
            bytes.get(at + EVENT_NAME, padded);
            String name = new String(padded, StandardCharsets.UTF_8).replace("\0", "");
            if (name.startsWith(PREFIX)) {
                change(name.substring(PREFIX.length()), mask, now);
            }
        }
        return true;
    }

    private void change(String unit, int mask, long now) {
        changes++;
        history.end(unit, now);
        if ((mask & LibC.IN_DELETE) == 0) {
            history.begin(unit, upToDate, now, null);
        } else {
            history.leave(unit);
        }
    }

    private String readId(String unit) {
        return id(links, links.readLink(directory + "/" + PREFIX + unit));
    }

    /**
     * Returns the id that a link was read to point to; null if none. There may be no link, or it points to something
     * else.
     */
    static String id(FileReader links, int length) {
        String id = new String(links.bytes(length), StandardCharsets.US_ASCII);
        return ID.matcher(id).matches() ? id : null;
    }

    @Override
    public synchronized void close() {
        inotify.close();
        poll.close();
        events.close();
        links.close();
    }
}
