// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.concurrent.AsyncLookup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ImageId;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * SHA-256 of what a process ran. While it runs, its executable cannot be written, and is read through {@code /proc/PID/exe},
 * be it deleted or never linked. Of a process that has ended, the file at its path is believed if it is the very inode that
 * the kernel noted and has not changed since. One thread uses it.
 */
public final class ExecutableDigests implements AsyncLookup.Source<ExecutableDigests.Run> {
    private static final int REMEMBERED = 1024;
    /** What takes some seconds: a JVM that compiles no further than ours hashes some 50 MiB a second on a busy machine. */
    private static final long LARGEST = 256 << 20;
    /** How far the kernel's time stamps of files may lag behind its clock, and some more; in nanoseconds. */
    private static final long CLOCK_LAG = 1_000_000_000;
    /** What the clock may drift against CLOCK_MONOTONIC from look to look without having been set. */
    private static final long DRIFT = 500_000_000;

    /**
     * A process that ran something.
     *
     * @param image which exec of which process
     * @param pid in the service's pid namespace
     * @param startTicks when it started, as /proc/PID/stat has it
     * @param path of its executable when it began to use sockets, null where not known or where that was deleted
     * @param device of the executable's file system as the kernel has it, {@code major << 20 | minor}
     * @param inode the executable's number there
     * @param seen when it certainly ran, CLOCK_MONOTONIC in nanoseconds
     */
    public record Run(ImageId image, int pid, long startTicks, RawText path, int device, long inode, long seen) {
        /** What an image ran is the same whenever it was seen. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Run that && image.equals(that.image);
        }

        @Override
        public int hashCode() {
            return image.hashCode();
        }
    }

    /** Contents that were hashed, for as long as the file's status stays the same. */
    private record Contents(int device, long inode, long size, long modified, long changed) {}

    private final ProcessTable processes;
    private final FileReader files = new FileReader();
    private final Map<Contents, String> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Contents, String> eldest) {
            return size() > REMEMBERED;
        }
    };
    /** Of the clock over CLOCK_MONOTONIC. */
    private long clockAhead = clockAhead();
    /** Since when the clock has not been set. */
    private long clockSteady = System.nanoTime();

    /** Takes a table of processes that nobody else uses, and closes it. */
    ExecutableDigests(ProcessTable processes) {
        this.processes = processes;
    }

    /**
     * 64 hexadecimal digits.
     *
     * @throws IOException where it cannot be known, and why
     */
    @Override
    public String find(Run run) throws IOException {
        watchClock();
        Optional<String> digest = ofRunning(run);
        return digest.isPresent() ? digest.get() : ofEnded(run);
    }

    private boolean isStill(Run run, OpenExecutable file) throws IOException {
        ProcessStat stat = processes.stat(run.pid());
        return stat != null
                && stat.startTicks() == run.startTicks()
                && file.is(run.device(), run.inode(), processes.mounts(run.pid()), files);
    }

    /** Empty where it does not run any more. */
    private Optional<String> ofRunning(Run run) throws IOException {
        try (OpenExecutable file = OpenExecutable.open(processes.executable(run.pid()))) {
            return isStill(run, file) ? Optional.of(ofRunning(run, file)) : Optional.empty();
        } catch (LinuxException e) {
            return Optional.empty();
        }
    }

    private String ofRunning(Run run, OpenExecutable file) throws IOException {
        if (!file.isLocal()) {
            throw new IOException("another host may change it");
        }
        String digest = contents(run, file);
        if (file.keepsTimes()) {
            return digest;
        }
        try (OpenExecutable again = OpenExecutable.open(processes.executable(run.pid()))) {
            if (isStill(run, again)) {
                return digest;
            }
        }
        throw new IOException("it ended meanwhile");
    }

    private String ofEnded(Run run) throws IOException {
        if (run.path() == null || run.path().utf8() == null) {
            throw new IOException("no path is known");
        }
        try (OpenExecutable file = OpenExecutable.open(run.path().utf8())) {
            boolean same = file.is(run.device(), run.inode(), "/proc/self/mountinfo", files);
            long ran = run.seen() + clockAhead - CLOCK_LAG;
            if (!same
                    || !file.keepsTimes()
                    || run.seen() < clockSteady
                    || file.status().changed() > ran) {
                throw new IOException("it may have changed");
            }
            return contents(run, file);
        }
    }

    private String contents(Run run, OpenExecutable file) throws IOException {
        FileStatus status = file.status();
        if (!status.isRegular() || status.size() > LARGEST) {
            throw new IOException("it has " + status.size() + " bytes");
        }
        Contents contents = new Contents(run.device(), run.inode(), status.size(), status.modified(), status.changed());
        String digest = file.keepsTimes() ? known.get(contents) : null;
        if (digest == null) {
            digest = file.digest();
            if (!file.status().equals(status)) {
                throw new IOException("it changed meanwhile");
            }
            if (file.keepsTimes()) {
                known.put(contents, digest);
            }
        }
        return digest;
    }

    /** Times of files and of flows can be compared only while nobody sets the clock. */
    private void watchClock() {
        long ahead = clockAhead();
        if (Math.abs(ahead - clockAhead) > DRIFT) {
            clockSteady = System.nanoTime();
        }
        clockAhead = ahead;
    }

    private static long clockAhead() {
        return System.currentTimeMillis() * 1_000_000 - System.nanoTime();
    }

    @Override
    public void close() {
        files.close();
        processes.close();
    }
}
