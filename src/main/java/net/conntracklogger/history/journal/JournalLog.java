// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.LimitedSink;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;

/** The flows that the journal holds after an entry. Not thread-safe. */
public final class JournalLog {
    /**
     * Maximum time from the beginning of a flow to its entry, in microseconds. A service that waits longer for journald
     * is ended by its watchdog (WatchdogSec=4min).
     */
    private static final long LATEST_ENTRY_MICROS = 600_000_000L;

    /**
     * How far a log reaches.
     *
     * @param since time of the oldest entry of the service, microseconds since the epoch; {@link Long#MAX_VALUE}: there is none
     * @param until time of the most recent entry; 0: there is none
     * @param damage a gap for each damaged file
     */
    public record Extent(long since, long until, List<Gap> damage) {
        public Extent {
            damage = List.copyOf(damage);
        }
    }

    private final List<Path> directories;
    private final JournalCursor after;

    /**
     * Reads journals.
     *
     * @param directories directories of journal files
     * @param after the last entry that is not part of this log; null: none
     */
    public JournalLog(List<Path> directories, JournalCursor after) {
        this.directories = List.copyOf(directories);
        this.after = after;
    }

    /** Opens the files that can hold entries of a time or later. Empty if there is none. */
    private Optional<JournalSet> open(long since) throws IOException {
        return JournalSet.open(directories, files -> {
            JournalFiles late = files.since(since);
            return after == null ? late : late.after(after);
        });
    }

    public void flows(FlowQuery query, RowSink sink) throws IOException {
        Optional<JournalSet> opened = open(query.span().since());
        if (opened.isEmpty()) {
            return;
        }
        try (JournalSet journals = opened.get()) {
            RowFilter filter = new RowFilter(query);
            RowSink counted = new LimitedSink(sink, query.limit());
            JournalMatch match = JournalMatch.of(query);
            long until = latestEntry(query.span());
            JournalHandle journal = journals.handle();
            if (until != Long.MAX_VALUE) {
                journal.match(match.ofOldFlows());
                journal.seekTail();
                if (!readBack(journal, filter, until, counted)) {
                    return;
                }
            }
            journal.match(match);
            if (until == Long.MAX_VALUE) {
                journal.seekTail();
            } else {
                // Backwards, an entry of that very time would be the first: it is read above.
                journal.seek(until - 1);
            }
            readBack(journal, filter, query.span().since(), counted);
        }
    }

    private static long latestEntry(TimeSpan span) {
        return span.until() >= Long.MAX_VALUE - LATEST_ENTRY_MICROS
                ? Long.MAX_VALUE
                : span.until() + LATEST_ENTRY_MICROS;
    }

    /** Passes rows, the last one first, until one is older than a time or archived. Returns false if the sink has enough. */
    private boolean readBack(JournalHandle journal, RowFilter filter, long since, RowSink sink) throws IOException {
        while (journal.previous()) {
            if (journal.time() < since || isBefore(journal)) {
                return true;
            }
            FlowRow row = journal.row();
            if (filter.test(row) && !sink.take(row)) {
                return false;
            }
        }
        return true;
    }

    private boolean isBefore(JournalHandle journal) throws IOException {
        return after != null && journal.cursor().isUpTo(after);
    }

    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) throws IOException {
        List<TotalsTable> totals = groupings.stream().map(TotalsTable::new).toList();
        flows(query.withLimit(Long.MAX_VALUE), row -> {
            totals.forEach(table -> table.add(row));
            return true;
        });
        return totals.stream().map(TotalsTable::all).toList();
    }

    /** Returns those of some values that a field has in matching flows. An attempt that was refused is no flow. */
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) throws IOException {
        Set<String> values = new HashSet<>();
        flows(query.withLimit(Long.MAX_VALUE), row -> {
            String value = row.get(field);
            if (value != null && !row.isRefused() && some.contains(value)) {
                values.add(value);
            }
            return values.size() < some.size();
        });
        return values;
    }

    /** Returns the number of flow events whose entries came between two times, both excluded. */
    public long rows(long since, long until) throws IOException {
        Optional<JournalSet> opened = open(since);
        if (opened.isEmpty()) {
            return 0;
        }
        long rows = 0;
        try (JournalSet journals = opened.get()) {
            JournalHandle journal = journals.handle();
            journal.match(JournalMatch.FLOWS);
            journal.seek(since + 1);
            // The archive ends at an entry: no later one comes before it.
            boolean archived = after != null;
            while (journal.next() && journal.time() < until) {
                archived = archived && isBefore(journal);
                rows += archived ? 0 : 1;
            }
        }
        return rows;
    }

    public void notices(TimeSpan span, Consumer<FlowRow> sink) throws IOException {
        Optional<JournalSet> opened = open(span.since());
        if (opened.isEmpty()) {
            return;
        }
        try (JournalSet journals = opened.get()) {
            JournalHandle journal = journals.handle();
            journal.match(JournalMatch.NOTICES);
            if (span.since() == 0) {
                journal.seekHead();
            } else {
                journal.seek(span.since());
            }
            while (journal.next() && journal.time() < span.until()) {
                if (!isBefore(journal)) {
                    sink.accept(journal.row());
                }
            }
        }
    }

    /** Returns how far this log reaches, and which of its files are damaged. */
    public Extent extent() throws IOException {
        Optional<JournalSet> opened = open(0);
        if (opened.isEmpty()) {
            return new Extent(Long.MAX_VALUE, 0, List.of());
        }
        try (JournalSet journals = opened.get()) {
            JournalHandle journal = journals.handle();
            journal.match(JournalMatch.WRITTEN);
            journal.seekTail();
            if (!journal.previous() || isBefore(journal)) {
                return new Extent(Long.MAX_VALUE, 0, journals.damage());
            }
            long latest = journal.time();
            return new Extent(oldest(journal), latest, journals.damage());
        }
    }

    private long oldest(JournalHandle journal) throws IOException {
        journal.match(JournalMatch.WRITTEN);
        if (after == null) {
            journal.seekHead();
            return journal.next() ? journal.time() : Long.MAX_VALUE;
        }
        journal.seek(after);
        while (journal.next()) {
            if (!isBefore(journal)) {
                return journal.time();
            }
        }
        return Long.MAX_VALUE;
    }
}
