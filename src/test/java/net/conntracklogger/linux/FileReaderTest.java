// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileReaderTest {
    private static final int FIRST_SIZE = 64 * 1024;

    @TempDir
    private Path directory;

    private final FileReader reader = new FileReader();

    @AfterEach
    void close() {
        reader.close();
    }

    @Nested
    class OfAFile {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, FIRST_SIZE - 1, FIRST_SIZE, FIRST_SIZE + 1, 5 * FIRST_SIZE})
        void readsAllOfIt(int size) throws IOException {
            byte[] written = new byte[size];
            new Random(size).nextBytes(written);
            assertEquals(size, reader.read(write("file", written)));
            assertArrayEquals(written, content(size));
        }

        @Test
        void readsAFileOfProcThatHasNoSize() throws IOException {
            int length = reader.read("/proc/self/status");
            assertTrue(new String(content(length), StandardCharsets.UTF_8).startsWith("Name:\t"));
        }

        @Test
        void stopsWhenItHasWhatIsWanted() throws IOException {
            String file = write("long", new byte[5 * FIRST_SIZE]);
            int length = reader.read(file, FIRST_SIZE);
            assertTrue(length >= FIRST_SIZE && length < 5 * FIRST_SIZE, () -> "read " + length);
        }

        @Test
        void readsTheNextIntoTheSameBuffer() throws IOException {
            reader.read(write("long", "a long text".getBytes(StandardCharsets.UTF_8)));
            int length = reader.read(write("short", "text".getBytes(StandardCharsets.UTF_8)));
            assertEquals("text", new String(content(length), StandardCharsets.UTF_8));
        }

        @Test
        void returnsTheErrno() {
            assertEquals(-Errno.ENOENT, reader.read(directory + "/none"));
            assertEquals(-21, reader.read(directory.toString()), "EISDIR");
        }

        @Test
        void leavesNoDescriptorOpen() throws IOException {
            String file = write("file", new byte[1]);
            for (int i = 0; i < 100; i++) {
                reader.read(file);
                reader.read(directory.toString());
                reader.visitNumbers(directory.toString(), number -> true);
            }
            assertEquals(0, countOpen(file) + countOpen(directory.toString()));
        }

        /** The kernel takes 4,095 bytes and a NUL. Strangers choose parts of paths. */
        @Test
        void returnsTheErrnoOfAPathThatTheKernelWouldNotTake() {
            String longest = "/a".repeat(2047) + "/";
            assertEquals(-Errno.ENOENT, reader.read(longest));
            for (String path : List.of(longest + "a", "/" + "\u00fc".repeat(2048), "/" + "x".repeat(1 << 20))) {
                assertEquals(-Errno.ENAMETOOLONG, reader.read(path));
                assertEquals(-Errno.ENAMETOOLONG, reader.readLink(path));
                assertEquals(-Errno.ENAMETOOLONG, reader.socketInode(path));
                assertEquals(-Errno.ENAMETOOLONG, reader.visitNumbers(path, number -> true));
            }
        }

        @Test
        void returnsAnErrnoInsteadOfAnotherFileIfThePathHasANul() throws IOException {
            assertEquals(-Errno.EINVAL, reader.read(write("file", new byte[1]) + "\0x"));
        }
    }

    @Nested
    class OfALink {
        @Test
        void readsItsTarget() throws IOException {
            Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("to/nothing"));
            int length = reader.readLink(link.toString());
            assertEquals("to/nothing", new String(content(length), StandardCharsets.UTF_8));
        }

        @Test
        void returnsTheErrno() throws IOException {
            assertEquals(-Errno.ENOENT, reader.readLink(directory + "/none"));
            assertEquals(-Errno.EINVAL, reader.readLink(write("file", new byte[0])));
        }

        @ParameterizedTest
        @ValueSource(strings = {"socket:[1]", "socket:[4026531840]", "socket:[18446744073709551]"})
        void findsTheInodeOfASocket(String target) throws IOException {
            Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of(target));
            long inode = Long.parseLong(target.substring(target.indexOf('[') + 1, target.length() - 1));
            assertEquals(inode, reader.socketInode(link.toString()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"pipe:[123]", "file", "s", "socket"})
        void findsNoInodeOfAnythingElse(String target) throws IOException {
            Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of(target));
            assertEquals(0, reader.socketInode(link.toString()));
        }

        @Test
        void returnsTheErrnoInsteadOfAnInode() {
            assertEquals(-Errno.ENOENT, reader.socketInode(directory + "/none"));
        }
    }

    @Nested
    class OfADirectory {
        @Test
        void visitsEachNumberOnce() throws IOException {
            Set<Integer> made = new TreeSet<>();
            // More than one call of the kernel returns, which takes 64 KiB.
            for (int i = 1_000_000_000; i < 1_000_002_200; i++) {
                Files.createFile(directory.resolve(Integer.toString(i)));
                made.add(i);
            }
            List<Integer> visited = new ArrayList<>();
            assertEquals(0, reader.visitNumbers(directory.toString(), visited::add));
            assertEquals(made.size(), visited.size());
            assertEquals(made, new TreeSet<>(visited));
        }

        @Test
        void passesOverOtherNames() throws IOException {
            for (String name : new String[] {"1a", "a1", "self", "-1", "1.5", "42"}) {
                Files.createFile(directory.resolve(name));
            }
            List<Integer> visited = new ArrayList<>();
            reader.visitNumbers(directory.toString(), visited::add);
            assertEquals(List.of(42), visited);
        }

        @Test
        void endsWhenTheVisitorSaysSo() throws IOException {
            for (int i = 0; i < 10; i++) {
                Files.createFile(directory.resolve(Integer.toString(i)));
            }
            List<Integer> visited = new ArrayList<>();
            assertEquals(0, reader.visitNumbers(directory.toString(), number -> {
                visited.add(number);
                return visited.size() < 3;
            }));
            assertEquals(3, visited.size());
        }

        @Test
        void returnsTheErrno() throws IOException {
            assertEquals(-Errno.ENOENT, reader.visitNumbers(directory + "/none", number -> true));
            assertEquals(-20, reader.visitNumbers(write("file", new byte[0]), number -> true), "ENOTDIR");
        }
    }

    private String write(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content).toString();
    }

    private byte[] content(int length) {
        byte[] content = new byte[length];
        reader.content().get(0, content);
        return content;
    }

    private long countOpen(String file) {
        long[] count = {0};
        try (FileReader links = new FileReader()) {
            links.visitNumbers("/proc/self/fd", fd -> {
                int length = Math.max(0, links.readLink("/proc/self/fd/" + fd));
                byte[] target = new byte[length];
                links.content().get(0, target);
                count[0] += new String(target, StandardCharsets.UTF_8).equals(file) ? 1 : 0;
                return true;
            });
        }
        return count[0];
    }
}
