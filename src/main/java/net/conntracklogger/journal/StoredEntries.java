// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.linux.NativeBuffer;

/** The entries that this process sent and that the journal shows (sd-journal(3)). */
final class StoredEntries {
    /** {@code SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM} of {@code systemd/sd-journal.h}. */
    private static final int LOCAL_SYSTEM = 1 | 4;

    /** When the kernel received the datagram, in microseconds since the epoch (systemd.journal-fields(7)). */
    private static final String TIME = "_SOURCE_REALTIME_TIMESTAMP";

    /** Maximum number of entries that are read, which takes about a second. */
    private static final int MOST_READ = 200_000;

    /**
     * Entries after which the journal's pages leave the resident set. A power of two. An entry takes some 1,300 bytes of a
     * file, so that 200,000 would add 260 MiB.
     */
    private static final int RELEASED = 2048;

    /** End of the names of the files that journald writes. */
    private static final String FILES = ".journal";

    /**
     * Time behind an interval in which journald may store its last entries. journald has taken all at the end of an
     * interval, except for entries that sd_journal_sendv(3) sent. A search from the end of the journal would read all
     * entries of a burst that followed.
     */
    private static final long STORED_LATER_MICROS = TimeUnit.SECONDS.toMicros(1);

    /** Counts stored entries. */
    @FunctionalInterface
    interface Count {
        /**
         * Counts the stored entries that were sent in an interval. Called by any thread, but by one at a time.
         *
         * @param since begin of the interval, microseconds since the epoch
         * @param until end of the interval, which is not part of it
         * @return empty if the journal cannot be read, or there are too many entries
         */
        OptionalLong between(long since, long until);
    }

    private StoredEntries() {}

    /**
     * Returns what counts the entries.
     *
     * @param namespace the journal's namespace ({@code LogNamespace=}), whose files are others and are not read; null for none
     */
    static Count inNamespace(String namespace) {
        return namespace == null ? StoredEntries::count : (since, until) -> OptionalLong.empty();
    }

    private static OptionalLong count(long since, long until) {
        try (NativeBuffer pointer = new NativeBuffer(Long.BYTES)) {
            if (LibSystemd.sd_journal_open(pointer.pointer(), LOCAL_SYSTEM) < 0) {
                return OptionalLong.empty();
            }
            Pointer journal = pointer.pointer().getPointer(0);
            try {
                match(journal, "_PID=" + ProcessHandle.current().pid());
                match(journal, "_TRANSPORT=journal");
                return count(journal, since, until);
            } finally {
                LibSystemd.sd_journal_close(journal);
            }
        }
    }

    private static void match(Pointer journal, String term) {
        byte[] bytes = term.getBytes(StandardCharsets.US_ASCII);
        try (NativeBuffer data = new NativeBuffer(bytes.length)) {
            data.bytes().put(0, bytes);
            LibSystemd.sd_journal_add_match(journal, data.pointer(), bytes.length);
        }
    }

    private static OptionalLong count(Pointer journal, long since, long until) {
        LibSystemd.sd_journal_seek_realtime_usec(journal, until + STORED_LATER_MICROS);
        try (MappedFiles files = new MappedFiles();
                NativeBuffer field = NativeBuffer.ofString(TIME);
                NativeBuffer result = new NativeBuffer(2 * Long.BYTES)) {
            long count = 0;
            for (int read = 0; read < MOST_READ; read++) {
                int status = LibSystemd.sd_journal_previous(journal);
                if (status < 0) {
                    return OptionalLong.empty();
                }
                long time = status == 0 ? 0 : time(journal, field, result);
                if (time < since) {
                    return OptionalLong.of(count);
                }
                count += time < until ? 1 : 0;
                if ((read & RELEASED - 1) == RELEASED - 1) {
                    files.release(FILES);
                }
            }
            return OptionalLong.empty();
        }
    }

    private static long time(Pointer journal, NativeBuffer field, NativeBuffer result) {
        Pointer length = result.pointer().share(Long.BYTES);
        if (LibSystemd.sd_journal_get_data(journal, field.pointer(), result.pointer(), length) < 0) {
            return 0;
        }
        byte[] data = result.pointer().getPointer(0).getByteArray(0, (int) length.getLong(0));
        String text = new String(data, StandardCharsets.US_ASCII);
        return Long.parseLong(text.substring(text.indexOf('=') + 1));
    }
}
