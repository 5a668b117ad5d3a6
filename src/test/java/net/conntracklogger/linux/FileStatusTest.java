// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against what the JDK's own stat(2) reports. */
class FileStatusTest {
    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.write(directory.resolve("file"), new byte[12_345]);
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_900_000_000, 123_456_789)));
    }

    @Test
    void agreesWithTheJdkOnAFile() throws IOException {
        FileStatus status = status(file.toString());
        assertEquals(attribute(file, "ino"), status.inode());
        assertEquals(((Number) attribute(file, "mode")).intValue(), status.mode());
        assertEquals(12_345, status.size());
        assertEquals(nanos(attribute(file, "lastModifiedTime")), status.modified());
        assertEquals(nanos(attribute(file, "ctime")), status.changed());
        assertTrue(status.isRegular());
    }

    /** The JDK has the C library's {@code dev_t}, which orders the bits in another way. */
    @Test
    void hasTheKernelsDeviceNumber() throws IOException {
        String mount = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> fields[4].equals("/proc"))
                .map(fields -> fields[2])
                .findFirst()
                .orElseThrow();
        String[] numbers = mount.split(":");
        int device = FileStatus.device(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
        assertEquals(device, status("/proc/self/status").device());
        assertEquals(0x0080_0001, FileStatus.device(8, 1));
    }

    @Test
    void distinguishesRegularFiles() throws IOException {
        assertFalse(status(directory.toString()).isRegular());
        assertFalse(status("/dev/null").isRegular());
    }

    @Test
    void doesNotFollowALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        FileStatus status = FileStatus.ofLink(LibC.AT_FDCWD, link.toString());
        assertEquals(Files.getAttribute(link, "unix:ino", LinkOption.NOFOLLOW_LINKS), status.inode());
        assertFalse(status.isRegular());
    }

    @Test
    void isNullIfThereIsNoLink() {
        assertNull(FileStatus.ofLink(LibC.AT_FDCWD, directory + "/none"));
    }

    @Test
    void reportsAClosedDescriptor() {
        LinuxException failure = assertThrows(LinuxException.class, () -> FileStatus.of(-1));
        assertEquals(Errno.EBADF, failure.errno());
        assertTrue(failure.getMessage().startsWith("cannot read the status of descriptor -1: "), failure::getMessage);
    }

    private static FileStatus status(String path) throws LinuxException {
        try (FileDescriptor open = FileDescriptor.open(path, LibC.O_RDONLY)) {
            return FileStatus.of(open.number());
        }
    }

    private static Object attribute(Path path, String name) throws IOException {
        return Files.getAttribute(path, "unix:" + name);
    }

    private static long nanos(Object time) {
        return ((FileTime) time).to(TimeUnit.NANOSECONDS);
    }
}
