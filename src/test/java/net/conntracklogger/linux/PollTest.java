// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a pipe. */
class PollTest {
    /** Far longer than any of this takes. */
    private static final int PATIENCE_MILLIS = 30_000;

    static {
        Native.register(PollTest.class, "c");
    }

    private FileDescriptor readable;
    private FileDescriptor writable;
    private Poll poll;

    /** {@code int pipe(int pipefd[2]);} */
    private static native int pipe(Pointer pipefd);

    @BeforeEach
    void open() {
        try (NativeBuffer ends = new NativeBuffer(2 * Integer.BYTES)) {
            assertEquals(0, pipe(ends.pointer()));
            readable = new FileDescriptor(ends.bytes().getInt(0));
            writable = new FileDescriptor(ends.bytes().getInt(Integer.BYTES));
        }
        poll = new Poll(readable.number());
    }

    @AfterEach
    void close() {
        poll.close();
        readable.close();
        writable.close();
    }

    @Test
    void returnsAtOnceIfThereIsSomething() throws LinuxException {
        write();
        assertTrue(poll.await(0));
        assertTrue(poll.await(PATIENCE_MILLIS));
        assertTrue(poll.await(-1));
    }

    @Test
    void waitsAsLongAsItIsTold() throws LinuxException {
        assertFalse(poll.await(0));
        long before = System.nanoTime();
        assertFalse(poll.await(100));
        assertTrue(System.nanoTime() - before >= 100_000_000);
    }

    @Test
    void anotherThreadEndsTheWaitAndLaterOnes() throws Exception {
        try (Poll wakeable = Poll.wakeable(readable.number())) {
            Thread waker = new Thread(wakeable::wake);
            waker.start();
            assertFalse(wakeable.await(-1));
            assertFalse(wakeable.await(-1));
            waker.join();
            write();
            assertTrue(wakeable.await(-1));
        }
    }

    @Test
    void wakesWhenSomethingComes() throws Exception {
        Thread writer = new Thread(() -> {
            LockSupport.parkNanos(50_000_000);
            write();
        });
        writer.start();
        assertTrue(poll.await(PATIENCE_MILLIS));
        writer.join();
    }

    /** The caller learns of it from the read that follows. */
    @Test
    void returnsIfTheOtherEndIsClosed() throws LinuxException {
        writable.close();
        assertTrue(poll.await(PATIENCE_MILLIS));
    }

    private void write() {
        assertEquals(1, LibC.write(writable.number(), new byte[1], 1));
    }
}
