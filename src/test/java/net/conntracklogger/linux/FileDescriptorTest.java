// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FileDescriptorTest {
    /** A number that nothing else takes, as the kernel gives the lowest that is free. */
    private static final int NUMBER = 987;

    static {
        Native.register(FileDescriptorTest.class, "c");
    }

    /** {@code int dup2(int oldfd, int newfd);} */
    private static native int dup2(int oldfd, int newfd);

    @Test
    void opensAFileThatProgramsDoNotInherit() throws IOException {
        try (FileDescriptor file = FileDescriptor.open("/dev/null", LibC.O_RDONLY)) {
            assertEquals("/dev/null", target(file.number()));
            assertClosedOnExec(file.number());
        }
    }

    @Test
    void opensASocketThatProgramsDoNotInherit() throws IOException {
        try (FileDescriptor socket = FileDescriptor.socket(LibC.AF_INET, LibC.SOCK_DGRAM, 0, "UDP socket")) {
            assertTrue(target(socket.number()).startsWith("socket:["));
            assertClosedOnExec(socket.number());
        }
    }

    @Test
    void reportsOperationObjectAndReason() {
        LinuxException file =
                assertThrows(LinuxException.class, () -> FileDescriptor.open("/nonexistent", LibC.O_RDONLY));
        assertEquals(new LinuxException("open", "/nonexistent", Errno.ENOENT, "").getMessage(), file.getMessage());
        LinuxException socket =
                assertThrows(LinuxException.class, () -> FileDescriptor.socket(-1, LibC.SOCK_DGRAM, 0, "odd socket"));
        assertTrue(socket.getMessage().matches("cannot open odd socket: .+ \\(errno 97\\)"), socket::getMessage);
    }

    @Nested
    class OnceClosed {
        private final FileDescriptor file = new FileDescriptor(NUMBER);

        @Test
        void hasReleasedItsNumber() throws IOException {
            duplicate("/dev/null");
            assertEquals("/dev/null", target(NUMBER));
            file.close();
            assertFalse(Files.exists(link(NUMBER), LinkOption.NOFOLLOW_LINKS));
            assertEquals(-1, file.number());
        }

        @Test
        void leavesTheNextFileWithItsNumberOpen() throws IOException {
            duplicate("/dev/null");
            file.close();
            duplicate("/dev/zero");
            file.close();
            file.close();
            assertEquals("/dev/zero", target(NUMBER));
            new FileDescriptor(NUMBER).close();
        }
    }

    private static void duplicate(String path) throws IOException {
        try (FileDescriptor file = FileDescriptor.open(path, LibC.O_RDONLY)) {
            assertEquals(NUMBER, dup2(file.number(), NUMBER));
        }
    }

    /** The flags of fcntl(2) in octal, with that of the descriptor itself (proc(5)). */
    private static void assertClosedOnExec(int number) throws IOException {
        String flags =
                Files.readString(Path.of("/proc/self/fdinfo/" + number)).replaceAll("(?s).*flags:\\s*(\\d+).*", "$1");
        assertTrue((Integer.parseInt(flags, 8) & LibC.O_CLOEXEC) != 0, flags);
    }

    private static String target(int number) throws IOException {
        return Files.readSymbolicLink(link(number)).toString();
    }

    private static Path link(int number) {
        return Path.of("/proc/self/fd/" + number);
    }
}
