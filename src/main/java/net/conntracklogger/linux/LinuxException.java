// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.io.IOException;

/** A call of the kernel or of a C library failed: which, on what, with which errno, and what may help. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param operation what was tried, such as {@code "open"}
     * @param object on what, such as a path
     * @param errno the error number, positive
     * @param hint what the administrator can do, or empty
     */
    public LinuxException(String operation, String object, int errno, String hint) {
        super("cannot " + operation + " " + object + ": " + LibC.strerror(errno) + " (errno " + errno + ")"
                + (hint.isEmpty() ? "" : "; " + hint));
        this.errno = errno;
    }

    /** Of the call that this thread made last. */
    public static LinuxException last(String operation, String object, String hint) {
        return new LinuxException(operation, object, Native.getLastError(), hint);
    }

    public int errno() {
        return errno;
    }
}
