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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.regex.Pattern;
import net.conntracklogger.linux.Errno;
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
    private static final int MAX_OF_UNIT = 4;
    private static final int MAX_ENDED = 1024;
    /** {@code struct inotify_event {int wd; uint32_t mask, cookie, len; char name[]}}. */
    private static final int EVENT_MASK = 4;

    private static final int EVENT_LEN = 12;
    private static final int EVENT_NAME = 16;

    /** Never changed. */
    private static final Deque<Invocation> NONE = new ArrayDeque<>();

    /** An invocation that began after one time, before another, and has ended by a third. */
    private static final class Invocation {
        private final long after;
        private final long before;
        private long ended = Long.MAX_VALUE;
        private String id;

        Invocation(long after, long before, String id) {
            this.after = after;
            this.before = before;
            this.id = id;
        }
    }

    private final Path directory;
    private final int inotify;
    private final Poll poll;
    private final NativeBuffer events = new NativeBuffer(64 * 1024);
    private final FileReader links = new FileReader();
    /** Invocations by unit, the most recent first. */
    private final Map<String, Deque<Invocation>> units = new HashMap<>();
    /** Ended units, the longest ago first. A unit that started and ended again is in it twice. */
    private final Deque<String> ended = new ArrayDeque<>();
    /** Invocations whose id may be that of the next one, because a later event may be waiting. */
    private final Map<String, Invocation> provisional = new HashMap<>();

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
        inotify = LibC.inotify_init1(LibC.IN_NONBLOCK | LibC.IN_CLOEXEC);
        if (inotify < 0) {
            throw LinuxException.last("watch", directory.toString(), "");
        }
        try (NativeBuffer path = NativeBuffer.ofString(directory.toString())) {
            int mask = LibC.IN_CREATE | LibC.IN_MOVED_TO | LibC.IN_DELETE;
            if (LibC.inotify_add_watch(inotify, path.pointer(), mask) < 0) {
                LinuxException failure =
                        LinuxException.last("watch", directory.toString(), "see inotify(7) for its limits");
                LibC.close(inotify);
                throw failure;
            }
        }
        poll = new Poll(inotify);
        list();
        update();
    }

    /** Waits for changes and reads them. */
    void watch(int milliseconds) throws LinuxException {
        if (poll.await(milliseconds)) {
            update();
        }
    }

    /**
     * Returns the id of the invocation that was active throughout an interval, or null if that is not certain.
     *
     * @param to end of the interval, not later than now
     */
    synchronized String of(String unit, long from, long to) throws LinuxException {
        if (upToDate < to) {
            update();
        }
        for (Invocation it : units.getOrDefault(unit, NONE)) {
            if (it.before <= from) {
                return to <= it.ended ? it.id : null;
            }
            if (it.after < to) {
                return null;
            }
        }
        return null;
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
            for (Map.Entry<String, Invocation> entry : provisional.entrySet()) {
                if (entry.getValue().id == null) {
                    entry.getValue().id = readId(entry.getKey());
                }
            }
            if (overflown) {
                units.clear();
                provisional.clear();
                list();
                overflown = false;
                changes++;
            }
            now = System.nanoTime();
        }
        provisional.clear();
        upToDate = now;
    }

    private void list() throws LinuxException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path entry : entries) {
                String unit = entry.getFileName().toString().substring(PREFIX.length());
                begin(unit, Long.MIN_VALUE, System.nanoTime(), readId(unit));
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new LinuxException("list", directory.toString(), Errno.ENOENT, e.getMessage());
        }
    }

    /** Reads the events that wait. Returns false if there were none. */
    private boolean readEvents() throws LinuxException {
        int length = (int) LibC.read(inotify, events.pointer(), events.size());
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
        end(unit, now);
        if ((mask & LibC.IN_DELETE) == 0) {
            begin(unit, upToDate, now, null);
        } else if (units.containsKey(unit)) {
            ended.add(unit);
            evictEnded();
        }
    }

    private void begin(String unit, long after, long before, String id) {
        Deque<Invocation> invocations = units.computeIfAbsent(unit, key -> new ArrayDeque<>());
        Invocation begun = new Invocation(after, before, id);
        invocations.addFirst(begun);
        if (invocations.size() > MAX_OF_UNIT) {
            invocations.removeLast();
        }
        provisional.put(unit, begun);
    }

    private void end(String unit, long now) {
        Invocation unsure = provisional.remove(unit);
        if (unsure != null) {
            unsure.id = null;
        }
        Iterator<Invocation> invocations = units.getOrDefault(unit, NONE).iterator();
        if (invocations.hasNext()) {
            Invocation latest = invocations.next();
            latest.ended = Math.min(latest.ended, now);
        }
    }

    private void evictEnded() {
        if (ended.size() > MAX_ENDED) {
            String eldest = ended.remove();
            Deque<Invocation> invocations = units.get(eldest);
            if (invocations != null && invocations.getFirst().ended != Long.MAX_VALUE) {
                units.remove(eldest);
            }
        }
    }

    private String readId(String unit) {
        return id(links, links.readLink(directory + "/" + PREFIX + unit));
    }

    /** Returns the id that a link was read to point to, or null if there is no link or it points to something else. */
    static String id(FileReader links, int length) {
        String id = new String(links.bytes(length), StandardCharsets.US_ASCII);
        return ID.matcher(id).matches() ? id : null;
    }

    @Override
    public synchronized void close() {
        LibC.close(inotify);
        poll.close();
        events.close();
        links.close();
    }
}
