// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;

/** Waits until a file descriptor is readable (poll(2)). Not thread-safe. */
public final class Poll implements AutoCloseable {
    /** struct pollfd {int fd; short events; short revents} */
    private static final int POLLFD_LENGTH = 8;

    private final NativeBuffer descriptor = new NativeBuffer(POLLFD_LENGTH);

    /** Watches a descriptor that the caller closes. */
    public Poll(int fd) {
        descriptor.bytes().putInt(0, fd).putShort(4, LibC.POLLIN);
    }

    /**
     * Waits until the descriptor is readable, or has an error to be read.
     *
     * @param milliseconds how long at most; negative waits without limit
     * @return false if the time passed or a signal ended the wait
     */
    public boolean await(int milliseconds) throws LinuxException {
        int ready = LibC.poll(descriptor.pointer(), 1, milliseconds);
        if (ready < 0 && Native.getLastError() != Errno.EINTR) {
            throw LinuxException.last("poll", "descriptor " + descriptor.bytes().getInt(0), "");
        }
        return ready > 0;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
