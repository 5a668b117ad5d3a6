// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.io.IOException;

/** A failed call of the kernel or of a C library: {@code cannot OPERATION OBJECT: REASON (errno N); REMEDY}. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * Describes a failure.
     *
     * @param operation an imperative, such as {@code "open"}
     * @param object what the operation was applied to, such as a path
     * @param errno the error number, positive
     * @param remedy what the administrator can do, or empty
     */
    public LinuxException(String operation, String object, int errno, String remedy) {
        super("cannot " + operation + " " + object + ": " + LibC.strerror(errno) + " (errno " + errno + ")"
                + (remedy.isEmpty() ? "" : "; " + remedy));
        this.errno = errno;
    }

    /** Returns the failure of this thread's last native call. */
    public static LinuxException last(String operation, String object, String remedy) {
        return new LinuxException(operation, object, Native.getLastError(), remedy);
    }

    /** Returns the error number, positive; see {@link Errno}. */
    public int errno() {
        return errno;
    }
}
