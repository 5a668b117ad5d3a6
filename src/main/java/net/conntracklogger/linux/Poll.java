// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;

/** Waits until a file descriptor can be read (poll(2)). */
public final class Poll implements AutoCloseable {
    /** struct pollfd {int fd; short events; short revents} */
    private static final int POLLFD_LENGTH = 8;

    private final NativeBuffer descriptor = new NativeBuffer(POLLFD_LENGTH);

    public Poll(int fd) {
        descriptor.bytes().putInt(0, fd).putShort(4, LibC.POLLIN);
    }

    /**
     * Waits.
     *
     * @param milliseconds at most; negative is for ever
     * @return whether there is something; false also where a signal ended the wait
     */
    public boolean await(int milliseconds) throws LinuxException {
        int ready = LibC.poll(descriptor.pointer(), 1, milliseconds);
        if (ready < 0 && Native.getLastError() != Errno.EINTR) {
            throw LinuxException.last("poll", "a file descriptor", "");
        }
        return ready > 0;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
