// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor with one owner. Closing releases the number exactly once, because the kernel gives a released
 * number to the next file that is opened. Thread-safe.
 */
public final class FileDescriptor implements AutoCloseable {
    private static final int NONE = -1;

    private final AtomicInteger number;

    /** Takes over an open descriptor; a negative number stands for none. */
    public FileDescriptor(int number) {
        this.number = new AtomicInteger(number);
    }

    /**
     * Opens a file.
     *
     * @param flags {@code O_*} of open(2); {@code O_CLOEXEC} is added
     */
    public static FileDescriptor open(String path, int flags) throws LinuxException {
        try (NativeBuffer name = NativeBuffer.ofString(path)) {
            return of(LibC.open(name.pointer(), flags | LibC.O_CLOEXEC), "open", path, "");
        }
    }

    /**
     * Opens a socket.
     *
     * @param type {@code SOCK_*} of socket(2); {@code SOCK_CLOEXEC} is added
     * @param name name of the socket in errors, such as {@code "UDP socket"}
     */
    public static FileDescriptor socket(int domain, int type, int protocol, String name) throws LinuxException {
        return of(LibC.socket(domain, type | LibC.SOCK_CLOEXEC, protocol), "open", name, "");
    }

    /**
     * Takes over the descriptor that a call of the C library returned.
     *
     * @param result the return value; negative if the call failed
     * @throws LinuxException with the errno of this thread's last call if the call failed
     */
    public static FileDescriptor of(int result, String operation, String object, String remedy) throws LinuxException {
        if (result < 0) {
            throw LinuxException.last(operation, object, remedy);
        }
        return new FileDescriptor(result);
    }

    /** Returns the number, or -1 once this is closed. Calls then fail with EBADF instead of reaching another file. */
    public int number() {
        return number.get();
    }

    /** Releases the number. Does nothing if called again. */
    @Override
    public void close() {
        int open = number.getAndSet(NONE);
        if (open >= 0) {
            LibC.close(open);
        }
    }
}
