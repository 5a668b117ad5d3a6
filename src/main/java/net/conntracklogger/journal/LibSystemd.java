// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** {@code libsystemd.so.0}, direct-mapped. */
final class LibSystemd {
    static {
        Native.register(LibSystemd.class, "libsystemd.so.0");
    }

    private LibSystemd() {}

    /**
     * {@code int sd_journal_sendv(const struct iovec *iov, int n);}
     *
     * @return 0, even if journald's socket does not exist; {@code -errno} if the call failed
     */
    static native int sd_journal_sendv(Pointer iov, int n);
}
