// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A cgroup of the unified hierarchy. When it is closed, the processes in it are killed. */
public final class OwnControlGroup implements AutoCloseable {
    /** Mount point of the cgroup hierarchies. */
    public static final Path SYS = Path.of("/sys/fs/cgroup");

    private static final int PATIENCE_MILLIS = 30_000;

    private final Path root;
    private final Path directory;

    private OwnControlGroup(Path root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    /** Creates a cgroup with this prefix of its name. */
    public static OwnControlGroup create(String prefix) throws IOException {
        Path root = Stream.of(SYS, SYS.resolve("unified"))
                .filter(it -> Files.exists(it.resolve("cgroup.procs")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no cgroup v2 hierarchy is mounted"));
        return new OwnControlGroup(root, Files.createTempDirectory(root, prefix));
    }

    /** Moves a process into the cgroup. */
    public void add(long pid) throws IOException {
        Files.writeString(directory.resolve("cgroup.procs"), Long.toString(pid));
    }

    /** Returns the path, as in {@code /proc/PID/cgroup}. */
    public String path() {
        return "/" + root.relativize(directory);
    }

    /** Returns the directory of the cgroup. */
    public String directory() {
        return directory.toString();
    }

    /** Returns the id that sockets of the cgroup carry: its inode number. */
    public long id() throws IOException {
        return (long) Files.getAttribute(directory, "unix:ino");
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(directory)) {
            Files.writeString(directory.resolve("cgroup.kill"), "1");
        }
        // rmdir(2) fails with EBUSY until the kernel has removed the last process.
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
