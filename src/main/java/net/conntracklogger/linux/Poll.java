// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;

/** Waits until one of some file descriptors can be read (poll(2)). */
public final class Poll implements AutoCloseable {
    /** struct pollfd {int fd; short events; short revents} */
    private static final int POLLFD_LENGTH = 8;

    private final NativeBuffer descriptors;
    private final int count;

    public Poll(int... fds) {
        count = fds.length;
        descriptors = new NativeBuffer(count * POLLFD_LENGTH);
        for (int i = 0; i < count; i++) {
            descriptors.bytes().putInt(i * POLLFD_LENGTH, fds[i]);
            descriptors.bytes().putShort(i * POLLFD_LENGTH + 4, LibC.POLLIN);
        }
    }

    /**
     * Waits.
     *
     * @param milliseconds at most; negative is for ever
     * @return whether there is something; false also where a signal ended the wait
     */
    public boolean await(int milliseconds) throws LinuxException {
        int ready = LibC.poll(descriptors.pointer(), count, milliseconds);
        if (ready < 0 && Native.getLastError() != Errno.EINTR) {
            throw LinuxException.last("poll", "file descriptors", "");
        }
        return ready > 0;
    }

    /** Whether the descriptor of this index had something in the last wait. */
    public boolean isReady(int index) {
        return descriptors.bytes().getShort(index * POLLFD_LENGTH + 6) != 0;
    }

    @Override
    public void close() {
        descriptors.close();
    }
}
