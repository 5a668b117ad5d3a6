// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Waits until a file descriptor is readable (poll(2)), or another thread ends all waiting (eventfd(2)). Not thread-safe, except
 * for {@link #wake}.
 */
public final class Poll implements AutoCloseable {
    /** struct pollfd {int fd; short events; short revents} */
    private static final int POLLFD_LENGTH = 8;

    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    private final NativeBuffer descriptors = new NativeBuffer(2 * POLLFD_LENGTH);
    /** None if nothing ends the wait. poll(2) ignores a negative descriptor. */
    private final FileDescriptor wake;

    /** Watches a descriptor that the caller closes. */
    public Poll(int fd) {
        this(fd, new FileDescriptor(-1));
    }

    private Poll(int fd, FileDescriptor wake) {
        this.wake = wake;
        watch(0, fd);
        watch(POLLFD_LENGTH, wake.number());
    }

    private void watch(int at, int fd) {
        descriptors.bytes().putInt(at, fd).putShort(at + EVENTS, LibC.POLLIN);
    }

    /** Watches a descriptor that the caller closes, and lets {@link #wake} end the wait. */
    public static Poll wakeable(int fd) throws LinuxException {
        return new Poll(fd, FileDescriptor.of(LibC.eventfd(0, LibC.EFD_CLOEXEC), "create", "an eventfd", ""));
    }

    /**
     * Waits until the descriptor is readable, or has an error to be read.
     *
     * @param milliseconds how long at most; negative waits without limit
     * @return false if the time passed, a signal ended the wait, or {@link #wake} was called
     */
    public boolean await(int milliseconds) throws LinuxException {
        int ready = LibC.poll(descriptors.pointer(), 2, milliseconds);
        if (ready < 0 && Native.getLastError() != Errno.EINTR) {
            throw LinuxException.last(
                    "poll", "descriptor " + descriptors.bytes().getInt(0), "");
        }
        return ready > 0 && descriptors.bytes().getShort(REVENTS) != 0;
    }

    /** Ends the wait, and all later ones at once. Thread-safe. */
    public void wake() {
        byte[] one = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(1)
                .array();
        LibC.write(wake.number(), one, one.length);
    }

    @Override
    public void close() {
        wake.close();
        descriptors.close();
    }
}
