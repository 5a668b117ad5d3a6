// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The calls of {@code libsystemd.so.0} that read a journal, direct-mapped. Each returns {@code -errno} if it failed. */
final class LibSystemdJournal {
    static {
        Native.register(LibSystemdJournal.class, "libsystemd.so.0");
    }

    private LibSystemdJournal() {}

    /** {@code int sd_journal_open_files(sd_journal **ret, const char **paths, int flags);} */
    static native int sd_journal_open_files(Pointer ret, Pointer paths, int flags);

    /** {@code int sd_journal_open_namespace(sd_journal **ret, const char *name_space, int flags);} */
    static native int sd_journal_open_namespace(Pointer ret, Pointer nameSpace, int flags);

    /** {@code void sd_journal_close(sd_journal *j);} */
    static native void sd_journal_close(Pointer j);

    /** {@code int sd_journal_add_match(sd_journal *j, const void *data, size_t size);} */
    static native int sd_journal_add_match(Pointer j, byte[] data, long size);

    /** {@code int sd_journal_add_disjunction(sd_journal *j);} */
    static native int sd_journal_add_disjunction(Pointer j);

    /** {@code int sd_journal_add_conjunction(sd_journal *j);} */
    static native int sd_journal_add_conjunction(Pointer j);

    /** {@code void sd_journal_flush_matches(sd_journal *j);} */
    static native void sd_journal_flush_matches(Pointer j);

    /** {@code int sd_journal_seek_head(sd_journal *j);} */
    static native int sd_journal_seek_head(Pointer j);

    /** {@code int sd_journal_seek_tail(sd_journal *j);} */
    static native int sd_journal_seek_tail(Pointer j);

    /** {@code int sd_journal_seek_realtime_usec(sd_journal *j, uint64_t usec);} */
    static native int sd_journal_seek_realtime_usec(Pointer j, long usec);

    /** {@code int sd_journal_seek_cursor(sd_journal *j, const char *cursor);} */
    static native int sd_journal_seek_cursor(Pointer j, String cursor);

    /** {@code int sd_journal_test_cursor(sd_journal *j, const char *cursor);} */
    static native int sd_journal_test_cursor(Pointer j, String cursor);

    /** {@code int sd_journal_get_cursor(sd_journal *j, char **cursor);} */
    static native int sd_journal_get_cursor(Pointer j, Pointer cursor);

    /** {@code int sd_journal_next(sd_journal *j);} */
    static native int sd_journal_next(Pointer j);

    /** {@code int sd_journal_previous(sd_journal *j);} */
    static native int sd_journal_previous(Pointer j);

    /** {@code int sd_journal_get_realtime_usec(sd_journal *j, uint64_t *ret);} */
    static native int sd_journal_get_realtime_usec(Pointer j, Pointer ret);

    /** {@code int sd_journal_get_monotonic_usec(sd_journal *j, uint64_t *ret, sd_id128_t *ret_boot_id);} */
    static native int sd_journal_get_monotonic_usec(Pointer j, Pointer ret, Pointer bootId);

    /** {@code void sd_journal_restart_data(sd_journal *j);} */
    static native void sd_journal_restart_data(Pointer j);

    /** {@code int sd_journal_enumerate_data(sd_journal *j, const void **data, size_t *length);} */
    static native int sd_journal_enumerate_data(Pointer j, Pointer data, Pointer length);

    /** {@code int sd_journal_wait(sd_journal *j, uint64_t timeout_usec);} */
    static native int sd_journal_wait(Pointer j, long timeoutUsec);
}
