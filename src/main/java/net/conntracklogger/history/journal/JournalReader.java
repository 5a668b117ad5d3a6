// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.FlowRow;

/**
 * Reads all entries of the service and about it. Starts behind an entry, and reads in the order of the journal. Not
 * thread-safe.
 */
public final class JournalReader implements Closeable {
    /**
     * Journals of several namespaces are read as one in the order of their times. An entry that is younger than this, in
     * microseconds, is left for later, because an older one of another namespace may not be in its file yet.
     */
    public static final long SETTLED_MICROS = 2_000_000;

    /** Limit, in microseconds, beyond which an entry in the future is old. It is from before the clock was set back. */
    private static final long FUTURE_MICROS = 60_000_000;

    private final JournalSet journals;
    private final JournalHandle journal;
    private final Gap vacuumed;
    private final JournalCursor tail;
    private final long now;
    private JournalCursor place;

    private JournalReader(JournalSet journals, JournalCursor after, JournalFiles all, long now) throws IOException {
        this.journals = journals;
        this.journal = journals.handle();
        this.now = now;
        this.place = after;
        journal.match(JournalMatch.ALL);
        journal.seek(now - SETTLED_MICROS);
        this.tail = journal.previous() ? journal.cursor() : null;
        this.vacuumed = after == null || journal.seek(after)
                ? null
                : all.vacuumedAfter(after).orElse(null);
        journal.match(JournalMatch.SERVICE);
        if (after == null) {
            journal.seekHead();
        } else {
            journal.seek(after);
        }
    }

    /**
     * Opens journals.
     *
     * @param after the last entry that was read; null: none
     * @param now the time, microseconds since the epoch
     * @return empty if no file holds entries after that
     * @throws NotPermittedException if a file may not be read
     */
    public static Optional<JournalReader> open(List<Path> directories, JournalCursor after, long now)
            throws IOException {
        JournalFiles all = JournalFiles.in(directories);
        Optional<JournalSet> opened =
                JournalSet.open(directories, files -> after == null ? files : files.holding(after));
        return opened.isEmpty() ? Optional.empty() : Optional.of(new JournalReader(opened.get(), after, all, now));
    }

    /** Returns the gap after the last entry that was read; null if none. It ends at the first entry that is left. */
    public Gap vacuumed() {
        return vacuumed;
    }

    /** Returns gaps for files that cannot be read. */
    public List<Gap> damage() {
        return journals.damage();
    }

    /** Returns the next entry; null at the end, or before entries that are too young. */
    public FlowRow next() throws IOException {
        if (!journal.next()) {
            return null;
        }
        long time = journal.time();
        if (time > now - SETTLED_MICROS && time < now + FUTURE_MICROS) {
            return null;
        }
        place = journal.cursor();
        return journal.row();
    }

    /** Returns the place of the entry that {@link #next} returned last. Returns null if no entry was read ever. */
    public JournalCursor place() {
        return place;
    }

    /**
     * Returns the place up to which nothing is left to read. Call it once {@link #next} has returned null. The place is
     * that of another unit's entry if it comes after all that was read.
     */
    public JournalCursor end() {
        return tail == null || place != null && tail.isUpTo(place) ? place : tail;
    }

    @Override
    public void close() {
        journals.close();
    }
}
