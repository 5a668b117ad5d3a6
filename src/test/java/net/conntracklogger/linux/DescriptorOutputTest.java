// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Into a pipe. */
class DescriptorOutputTest {
    /** More than a pipe holds, 64 KiB, so that it takes several writes. */
    private static final int LARGE = 1 << 20;

    static {
        Native.register(DescriptorOutputTest.class, "c");
    }

    private FileDescriptor readable;
    private FileDescriptor writable;
    private DescriptorOutput output;

    /** {@code int pipe2(int pipefd[2], int flags);} */
    private static native int pipe2(Pointer pipefd, int flags);

    @BeforeEach
    void open() {
        open(0);
    }

    private void open(int flags) {
        try (NativeBuffer ends = new NativeBuffer(2 * Integer.BYTES)) {
            assertEquals(0, pipe2(ends.pointer(), flags));
            readable = new FileDescriptor(ends.bytes().getInt(0));
            writable = new FileDescriptor(ends.bytes().getInt(Integer.BYTES));
        }
        output = new DescriptorOutput(writable.number(), "the pipe");
    }

    @AfterEach
    void close() {
        readable.close();
        writable.close();
    }

    @Test
    void writesBytes() throws IOException {
        output.write('a');
        output.write("bcd".getBytes(StandardCharsets.UTF_8));
        output.write("0ef0".getBytes(StandardCharsets.UTF_8), 1, 2);
        writable.close();
        assertArrayEquals("abcdef".getBytes(StandardCharsets.UTF_8), readAll());
    }

    @Test
    void writesAllOfMuch() throws Exception {
        byte[] large = new byte[LARGE];
        new Random(1).nextBytes(large);
        Thread writer = new Thread(() -> {
            try {
                output.write(large);
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                writable.close();
            }
        });
        writer.start();
        assertArrayEquals(large, readAll());
        writer.join();
    }

    @Test
    void reportsThatNobodyReads() {
        readable.close();
        LinuxException failure = assertThrows(LinuxException.class, () -> output.write(new byte[1]));
        assertEquals(Errno.EPIPE, failure.errno());
        assertTrue(failure.getMessage().startsWith("cannot write to the pipe: "), failure::getMessage);
    }

    @Test
    void reportsAFullPipeThatDoesNotBlock() {
        close();
        open(LibC.O_NONBLOCK);
        LinuxException failure = assertThrows(LinuxException.class, () -> output.write(new byte[LARGE]));
        assertEquals(Errno.EAGAIN, failure.errno());
    }

    @Test
    void leavesTheDescriptorOpen() throws IOException {
        output.close();
        assertEquals(1, LibC.write(writable.number(), new byte[1], 1));
    }

    private byte[] readAll() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[4096];
        try (NativeBuffer buffer = new NativeBuffer(part.length)) {
            for (int length = read(buffer); length > 0; length = read(buffer)) {
                buffer.bytes().get(0, part, 0, length);
                all.write(part, 0, length);
            }
        }
        return all.toByteArray();
    }

    private int read(NativeBuffer buffer) {
        return (int) LibC.read(readable.number(), buffer.pointer(), buffer.size());
    }
}
