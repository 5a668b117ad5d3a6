// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A control group of the unified hierarchy, with which the processes in it end. */
public final class OwnControlGroup implements AutoCloseable {
    /** Where control groups are mounted. */
    public static final Path SYS = Path.of("/sys/fs/cgroup");

    private static final int PATIENCE_MILLIS = 30_000;

    private final Path root;
    private final Path directory;

    private OwnControlGroup(Path root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    /** Makes one with this prefix of its name. */
    public static OwnControlGroup create(String prefix) throws IOException {
        Path root = Stream.of(SYS, SYS.resolve("unified"))
                .filter(it -> Files.exists(it.resolve("cgroup.procs")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no cgroup v2 here"));
        return new OwnControlGroup(root, Files.createTempDirectory(root, prefix));
    }

    /** Moves a process into it. */
    public void add(long pid) throws IOException {
        Files.writeString(directory.resolve("cgroup.procs"), Long.toString(pid));
    }

    /** As /proc/PID/cgroup has it. */
    public String path() {
        return "/" + root.relativize(directory);
    }

    /** That which sockets carry. */
    public long id() throws IOException {
        return (long) Files.getAttribute(directory, "unix:ino");
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(directory)) {
            Files.writeString(directory.resolve("cgroup.kill"), "1");
        }
        // It stays busy until the kernel has cleared away the last process that ended in it.
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (Files.exists(directory)) {
            try {
                Files.delete(directory);
            } catch (FileSystemException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }
}
