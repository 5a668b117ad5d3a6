// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import static net.conntracklogger.history.journal.LibSystemdJournal.*;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import net.conntracklogger.history.coverage.DamagedFileException;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** An {@code sd_journal}: matches, a place between two entries, and the entry there. Not thread-safe. */
final class JournalHandle implements AutoCloseable {
    /** {@code systemd/sd-journal.h} */
    private static final int SD_JOURNAL_LOCAL_ONLY = 1;

    private static final int SD_JOURNAL_ALL_NAMESPACES = 1 << 5;
    private static final String JOURNAL = "the journal";

    private final Pointer journal;
    private final String name;
    /** Results of calls: two words, or a number and an id of 16 bytes. */
    private final NativeBuffer results = new NativeBuffer(24);

    private final FieldReader fields = new FieldReader();

    private JournalHandle(Pointer journal, String name) {
        this.journal = journal;
        this.name = name;
    }

    /**
     * Opens files together.
     *
     * @throws LinuxException {@link Errno#ENOENT} if journald has meanwhile renamed or deleted one
     */
    static JournalHandle ofFiles(List<Path> files) throws IOException {
        NativeBuffer[] names = new NativeBuffer[files.size()];
        try (NativeBuffer paths = new NativeBuffer((files.size() + 1) * Long.BYTES);
                NativeBuffer result = new NativeBuffer(Long.BYTES)) {
            for (int i = 0; i < names.length; i++) {
                names[i] = NativeBuffer.ofString(files.get(i).toString());
                paths.bytes().putLong(i * Long.BYTES, names[i].address());
            }
            String name = files.size() == 1 ? files.get(0).toString() : JOURNAL;
            return opened(sd_journal_open_files(result.pointer(), paths.pointer(), 0), result, name);
        } finally {
            for (NativeBuffer buffer : names) {
                if (buffer != null) {
                    buffer.close();
                }
            }
        }
    }

    /** Opens all journals of this host, also those of namespaces. Follows files that journald adds. */
    static JournalHandle ofHost() throws IOException {
        try (NativeBuffer result = new NativeBuffer(Long.BYTES)) {
            int flags = SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_ALL_NAMESPACES;
            return opened(sd_journal_open_namespace(result.pointer(), Pointer.NULL, flags), result, JOURNAL);
        }
    }

    private static JournalHandle opened(int status, NativeBuffer result, String name) throws LinuxException {
        if (status < 0) {
            throw new LinuxException("open", name, -status, "");
        }
        return new JournalHandle(new Pointer(result.bytes().getLong(0)), name);
    }

    private int checked(String operation, int status) throws LinuxException {
        if (status < 0) {
            throw new LinuxException(operation, name, -status, "");
        }
        return status;
    }

    /** Sets the condition that all entries met from now on meet. Forgets the place. */
    void match(JournalMatch match) throws IOException {
        sd_journal_flush_matches(journal);
        for (List<List<String>> choice : match.clauses()) {
            for (List<String> terms : choice) {
                for (String term : terms) {
                    byte[] data = term.getBytes(StandardCharsets.UTF_8);
                    checked("search", sd_journal_add_match(journal, data, data.length));
                }
                checked("search", sd_journal_add_disjunction(journal));
            }
            checked("search", sd_journal_add_conjunction(journal));
        }
    }

    void seekHead() throws IOException {
        checked("search", sd_journal_seek_head(journal));
    }

    void seekTail() throws IOException {
        checked("search", sd_journal_seek_tail(journal));
    }

    /**
     * Goes to the first entry of a time or later, for {@link #next}. For {@link #previous} it goes to the entry before
     * that.
     */
    void seek(long time) throws IOException {
        checked("search", sd_journal_seek_realtime_usec(journal, time));
    }

    /**
     * Goes to the entry of a cursor without matches.
     *
     * @return whether the entry is still there. If not, the place is before the first entry after it
     */
    boolean seek(JournalCursor cursor) throws IOException {
        checked("search", sd_journal_seek_cursor(journal, cursor.text()));
        boolean found = next() && checked("search", sd_journal_test_cursor(journal, cursor.text())) > 0;
        if (!found) {
            checked("search", sd_journal_seek_cursor(journal, cursor.text()));
        }
        return found;
    }

    /** Goes to the next entry that meets the condition. Returns false at the end. */
    boolean next() throws IOException {
        return checked("read", sd_journal_next(journal)) > 0;
    }

    /** Goes to the previous entry that meets the condition. Returns false at the begin. */
    boolean previous() throws IOException {
        return checked("read", sd_journal_previous(journal)) > 0;
    }

    /** Returns when journald received the entry, microseconds since the epoch. */
    long time() throws IOException {
        checked("read", sd_journal_get_realtime_usec(journal, results.pointer()));
        return results.bytes().getLong(0);
    }

    /** Returns the cursor of the entry. */
    JournalCursor cursor() throws IOException {
        checked("read", sd_journal_get_cursor(journal, results.pointer()));
        Pointer text = new Pointer(results.bytes().getLong(0));
        try {
            return JournalCursor.parse(text.getString(0, "US-ASCII"));
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }

    /**
     * Reads the entry.
     *
     * @throws DamagedFileException if the entry cannot be read because its file is damaged
     */
    FlowRow row() throws IOException {
        long time = time();
        checked(
                "read",
                sd_journal_get_monotonic_usec(
                        journal, results.pointer(), results.pointer().share(8)));
        FlowRow row =
                new FlowRow(time, results.bytes().getLong(0), results.bytes().getLong(8));
        sd_journal_restart_data(journal);
        Pointer data = results.pointer();
        Pointer length = data.share(Long.BYTES);
        int status = sd_journal_enumerate_data(journal, data, length);
        while (status > 0) {
            fields.add(row, results.bytes().getLong(0), results.bytes().getLong(Long.BYTES));
            status = sd_journal_enumerate_data(journal, data, length);
        }
        if (status == -Errno.EBADMSG) {
            throw new DamagedFileException(Path.of(name), "an entry of it is damaged");
        }
        checked("read", status);
        return row;
    }

    /** Waits for entries, at most for a time. */
    void await(long micros) throws IOException {
        checked("wait for", sd_journal_wait(journal, micros));
    }

    @Override
    public void close() {
        sd_journal_close(journal);
        results.close();
    }
}
