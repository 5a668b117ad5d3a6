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

    /** {@code int sd_journal_open(sd_journal **ret, int flags);} */
    static native int sd_journal_open(Pointer ret, int flags);

    /** {@code int sd_journal_add_match(sd_journal *j, const void *data, size_t size);} */
    static native int sd_journal_add_match(Pointer j, Pointer data, long size);

    /** {@code int sd_journal_seek_realtime_usec(sd_journal *j, uint64_t usec);} */
    static native int sd_journal_seek_realtime_usec(Pointer j, long usec);

    /** {@code int sd_journal_previous(sd_journal *j);} Returns 0 if there is no earlier entry. */
    static native int sd_journal_previous(Pointer j);

    /** {@code int sd_journal_get_data(sd_journal *j, const char *field, const void **data, size_t *length);} */
    static native int sd_journal_get_data(Pointer j, Pointer field, Pointer data, Pointer length);

    /** {@code void sd_journal_close(sd_journal *j);} */
    static native void sd_journal_close(Pointer j);
}
