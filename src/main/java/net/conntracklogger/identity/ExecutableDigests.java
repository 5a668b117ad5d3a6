// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.concurrent.AsyncLookup;
import net.conntracklogger.concurrent.BoundedCalls;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ImageId;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * Hashes executables. While a process runs, its executable cannot be written, and is read through {@code /proc/PID/exe} even
 * if it is deleted or was never linked. After the process has ended, the file at its path is used if it is the inode that the
 * BPF programs recorded and has not changed since. Not thread-safe.
 */
public final class ExecutableDigests implements AsyncLookup.Source<ExecutableDigests.Run> {
    private static final int MAX_CACHED = 1024;
    /** Larger files are not hashed. This one takes 5 s: C1 code hashes 50 MiB a second on a busy machine. */
    private static final long MAX_BYTES = 256 << 20;
    /**
     * Assumed lag of files' time stamps, in nanoseconds. They are those of the last clock tick, at most 10 ms ago
     * (CONFIG_HZ is 100 or more). Much more than that.
     */
    private static final long CLOCK_LAG_NANOS = 1_000_000_000;
    /** CLOCK_REALTIME counts as set if it moves more than this against CLOCK_MONOTONIC between two lookups. */
    private static final long DRIFT_NANOS = 500_000_000;

    /**
     * A process image whose executable is to be hashed.
     *
     * @param pid process id in the pid namespace of the service
     * @param startTicks start time in clock ticks since boot
     * @param path path of the executable when the image began to use sockets; null if unknown, or if the file was deleted
     * @param device device of the executable as the kernel has it, {@code major << 20 | minor}
     * @param inode inode number of the executable
     * @param seen a time at which the image ran, in nanoseconds of CLOCK_MONOTONIC
     */
    public record Run(ImageId image, int pid, long startTicks, RawText path, int device, long inode, long seen) {
        /** Compares images only: an image has one executable. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Run that && image.equals(that.image);
        }

        @Override
        public int hashCode() {
            return image.hashCode();
        }
    }

    /** The state of a file that was hashed. If its status is the same, so are its contents. */
    private record Contents(int device, long inode, long size, long modified, long changed) {}

    private final ProcessTable processes;
    private final FileReader files = new FileReader();
    /** Calls to file systems, by their device. */
    private final BoundedCalls calls = new BoundedCalls("executables");

    private final Map<Contents, String> cached = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Contents, String> eldest) {
            return size() > MAX_CACHED;
        }
    };
    /** CLOCK_REALTIME minus CLOCK_MONOTONIC, in nanoseconds. */
    private long clockAhead = clockAhead();
    /** A time since which CLOCK_REALTIME was not set, in nanoseconds of CLOCK_MONOTONIC. */
    private long clockSteady = System.nanoTime();

    /** Takes over a table of processes. */
    ExecutableDigests(ProcessTable processes) {
        this.processes = processes;
    }

    /**
     * Returns the SHA-256 of the executable: 64 hexadecimal digits.
     *
     * @throws IOException if it is not certain which contents the process ran
     */
    @Override
    public String find(Run run) throws IOException {
        checkClock();
        Optional<String> digest = ofRunning(run);
        return digest.isPresent() ? digest.get() : ofEnded(run);
    }

    private boolean isStill(Run run, OpenExecutable file) throws IOException {
        ProcessStat stat = processes.stat(run.pid());
        return stat != null
                && stat.startTicks() == run.startTicks()
                && file.is(run.device(), run.inode(), processes.mounts(run.pid()), files);
    }

    /** Returns the hash, or empty if the process has ended. */
    private Optional<String> ofRunning(Run run) throws IOException {
        Optional<OpenExecutable> opened = open(run, processes.executable(run.pid()));
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (OpenExecutable file = opened.get()) {
            return isStill(run, file) ? Optional.of(ofRunning(run, file)) : Optional.empty();
        } catch (LinuxException e) {
            return Optional.empty();
        }
    }

    /**
     * Opens an executable. Its file system may be one that a user serves, and may not answer: then this file system gets no
     * other call until it does.
     *
     * @return empty if the file cannot be opened
     * @throws IOException if the file system does not answer, or is not served by the kernel of this host
     */
    private Optional<OpenExecutable> open(Run run, String path) throws IOException {
        Optional<OpenExecutable> opened =
                calls.call(run.device(), () -> open(path), late -> late.ifPresent(OpenExecutable::close));
        if (opened == null) {
            throw new IOException("cannot hash executable: its file system does not answer");
        }
        if (opened.isPresent() && !opened.get().isLocal()) {
            opened.get().close();
            throw new IOException("cannot hash executable: another host may change it");
        }
        return opened;
    }

    private static Optional<OpenExecutable> open(String path) {
        try {
            return Optional.of(OpenExecutable.open(path));
        } catch (LinuxException e) {
            return Optional.empty();
        }
    }

    private String ofRunning(Run run, OpenExecutable file) throws IOException {
        String digest = contents(run, file);
        if (file.keepsTimes()) {
            return digest;
        }
        Optional<OpenExecutable> again = open(run, processes.executable(run.pid()));
        if (again.isPresent()) {
            try (OpenExecutable same = again.get()) {
                if (isStill(run, same)) {
                    return digest;
                }
            }
        }
        throw new IOException("cannot hash executable: the process ended meanwhile");
    }

    private String ofEnded(Run run) throws IOException {
        if (run.path() == null || run.path().utf8() == null) {
            throw new IOException("cannot hash executable: its path is unknown");
        }
        Optional<OpenExecutable> opened = open(run, run.path().utf8());
        if (opened.isEmpty()) {
            throw new IOException("cannot hash executable: its file is gone");
        }
        try (OpenExecutable file = opened.get()) {
            boolean same = file.is(run.device(), run.inode(), "/proc/self/mountinfo", files);
            long ran = run.seen() + clockAhead - CLOCK_LAG_NANOS;
            if (!same
                    || !file.keepsTimes()
                    || run.seen() < clockSteady
                    || file.status().changed() > ran) {
                throw new IOException("cannot hash executable: it may have changed");
            }
            return contents(run, file);
        }
    }

    private String contents(Run run, OpenExecutable file) throws IOException {
        FileStatus status = file.status();
        if (!status.isRegular() || status.size() > MAX_BYTES) {
            throw new IOException("cannot hash executable: no regular file of at most " + MAX_BYTES + " bytes");
        }
        Contents contents = new Contents(run.device(), run.inode(), status.size(), status.modified(), status.changed());
        String digest = file.keepsTimes() ? cached.get(contents) : null;
        if (digest == null) {
            digest = file.digest();
            if (!file.status().equals(status)) {
                throw new IOException("cannot hash executable: it changed meanwhile");
            }
            if (file.keepsTimes()) {
                cached.put(contents, digest);
            }
        }
        return digest;
    }

    /** Checks whether the clock was set. Times of files and of flows can be compared only if it was not. */
    private void checkClock() {
        long ahead = clockAhead();
        if (Math.abs(ahead - clockAhead) > DRIFT_NANOS) {
            clockSteady = System.nanoTime();
        }
        clockAhead = ahead;
    }

    private static long clockAhead() {
        return System.currentTimeMillis() * 1_000_000 - System.nanoTime();
    }

    @Override
    public void close() {
        calls.close();
        files.close();
        processes.close();
    }
}
