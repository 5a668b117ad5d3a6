// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
    private static final int SIZE = 3 * 4096;
    private static final int READ_AND_WRITE = 2;

    /** Opens the memory once more, as a process does that gets the descriptor from another. */
    private static FileDescriptor descriptor(SharedMemory memory) throws LinuxException {
        return FileDescriptor.open("/proc/self/fd/" + memory.fd(), READ_AND_WRITE);
    }

    @Test
    void isZeroAtFirst() throws LinuxException {
        try (SharedMemory memory = SharedMemory.create("test", SIZE)) {
            assertEquals(0, memory.slice(SIZE - Long.BYTES, Long.BYTES).bytes().getLong(0));
        }
    }

    @Test
    void outlivesTheOneThatMadeIt() throws LinuxException {
        FileDescriptor kept;
        try (SharedMemory memory = SharedMemory.create("test", SIZE)) {
            memory.slice(4096, Long.BYTES).bytes().putLong(0, 7);
            kept = descriptor(memory);
        }
        try (SharedMemory adopted = SharedMemory.adopt(kept, SIZE)) {
            assertEquals(7, adopted.slice(4096, Long.BYTES).bytes().getLong(0));
        }
    }

    @Test
    void isZeroWhereItWasReleased() throws LinuxException {
        try (SharedMemory memory = SharedMemory.create("test", SIZE)) {
            NativeBuffer all = memory.slice(0, SIZE);
            all.bytes().putLong(0, 5).putLong(4096, 6).putLong(8192, 7);
            memory.release(4096, 4096);
            assertEquals(5, all.bytes().getLong(0));
            assertEquals(0, all.bytes().getLong(4096));
            assertEquals(7, all.bytes().getLong(8192));
        }
    }

    /** Memory behind the end would end the process with SIGBUS. */
    @Test
    void isNotAdoptedIfItHasAnotherSize() throws LinuxException {
        try (SharedMemory memory = SharedMemory.create("test", SIZE)) {
            FileDescriptor other = descriptor(memory);
            LinuxException failure = assertThrows(LinuxException.class, () -> SharedMemory.adopt(other, SIZE + 1));
            assertEquals(
                    "cannot adopt memory: Invalid argument (errno 22); its size is not 12289", failure.getMessage());
            assertEquals(-1, other.number(), "closed");
        }
    }

    @Test
    void isNotAdoptedIfItIsSomethingElse() throws Exception {
        Path file = Files.createTempFile("memory-", "");
        try {
            FileDescriptor other = FileDescriptor.open(file.toString(), READ_AND_WRITE);
            assertThrows(LinuxException.class, () -> SharedMemory.adopt(other, SIZE));
        } finally {
            Files.delete(file);
        }
    }
}
