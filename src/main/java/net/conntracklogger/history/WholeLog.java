// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.read.ArchiveReader;
import net.conntracklogger.archive.read.ArchiveSnapshot;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.FlowCounts;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.journal.JournalFeed;
import net.conntracklogger.history.journal.JournalFiles;
import net.conntracklogger.history.journal.JournalLog;
import net.conntracklogger.history.query.FlowFeed;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.LimitedSink;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;

/**
 * Journal and archive as one log. The archive counts as far as its index says, and the journal's entries after that.
 * Not thread-safe.
 */
public final class WholeLog implements FlowLog {
    /** Merges are minutes apart. */
    private static final int ATTEMPTS = 3;

    private final LogPlaces places;
    private final SharedDatabase database;

    private WholeLog(LogPlaces places, SharedDatabase database) {
        this.places = places;
        this.database = database;
    }

    /**
     * Opens a log.
     *
     * @throws NotPermittedException if a file of the system's journal or of the archive may not be read
     */
    public static WholeLog open(LogPlaces places) throws IOException {
        return openAll(List.of(places)).get(0);
    }

    /**
     * Opens the logs of several hosts. They share what reads their archives until each is closed.
     *
     * @throws NotPermittedException if a file of a journal or of an archive may not be read
     */
    public static List<WholeLog> openAll(List<LogPlaces> places) throws IOException {
        SharedDatabase database = new SharedDatabase(LogPlaces.scratch());
        List<WholeLog> logs = new ArrayList<>();
        for (LogPlaces one : places) {
            ArchiveSnapshot.of(one.archive());
            JournalFiles.in(one.journals());
            logs.add(new WholeLog(one, database));
        }
        return logs;
    }

    /**
     * Returns the flows that this host logs from now on.
     *
     * @throws NotPermittedException if a file of the system's journal may not be read
     */
    public static FlowFeed follow() throws IOException {
        JournalFiles.in(LogPlaces.ofThisHost().journals()); // libsystemd leaves out what may not be read
        return JournalFeed.ofHost();
    }

    /** A question to the archive at one moment, and then to the journal. */
    private interface Question<T> {
        T ask(ArchiveSnapshot snapshot) throws IOException;
    }

    /** Asks again if a merge replaced files meanwhile. */
    private <T> T ask(Question<T> question, BooleanSupplier repeatable) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ArchiveSnapshot snapshot = ArchiveSnapshot.of(places.archive());
            if (!snapshot.files().isEmpty()) {
                database.prepare();
            }
            try {
                return question.ask(snapshot);
            } catch (IOException e) {
                boolean replaced = !ArchiveSnapshot.of(places.archive()).index().equals(snapshot.index());
                if (!replaced || !repeatable.getAsBoolean() || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void flows(FlowQuery query, RowSink sink) throws IOException {
        LimitedSink limited = new LimitedSink(sink, query.limit());
        BooleanSupplier untouched = () -> limited.left() == query.limit();
        ask(
                snapshot -> {
                    journal(snapshot).flows(query, limited);
                    if (limited.wantsMore()) {
                        archive(snapshot).flows(query.withLimit(limited.left()), limited);
                    }
                    return limited;
                },
                untouched);
    }

    @Override
    public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) throws IOException {
        return ask(
                snapshot -> {
                    List<List<Totals>> archived = archive(snapshot).totals(query, groupings);
                    List<List<Totals>> logged = journal(snapshot).totals(query, groupings);
                    List<List<Totals>> all = new ArrayList<>();
                    for (int i = 0; i < groupings.size(); i++) {
                        all.add(TotalsTable.sum(groupings.get(i), archived.get(i), logged.get(i)));
                    }
                    return all;
                },
                () -> true);
    }

    @Override
    public Set<String> valuesAmong(Set<String> some, FlowQuery query, JournalField field) throws IOException {
        return ask(
                snapshot -> {
                    Set<String> values = archive(snapshot).valuesAmong(some, query, field);
                    values.addAll(journal(snapshot).valuesAmong(some, query, field));
                    return values;
                },
                () -> true);
    }

    @Override
    public void notices(TimeSpan span, Consumer<FlowRow> sink) throws IOException {
        boolean[] begun = {false};
        ask(
                snapshot -> {
                    notices(snapshot, span, row -> {
                        begun[0] = true;
                        sink.accept(row);
                    });
                    return null;
                },
                () -> !begun[0]);
    }

    private void notices(ArchiveSnapshot snapshot, TimeSpan span, Consumer<FlowRow> sink) throws IOException {
        archive(snapshot).notices(span, sink);
        journal(snapshot).notices(span, sink);
    }

    /** Returns what all notices, and the last count of the service, say. */
    private KnownNotices known(ArchiveSnapshot snapshot) throws IOException {
        KnownNotices known = new KnownNotices();
        notices(snapshot, TimeSpan.ALWAYS, known);
        known.add(LastCount.in(places.counts()));
        return known;
    }

    @Override
    public List<Gap> miscounts(TimeSpan span) throws IOException {
        return ask(
                snapshot -> {
                    ArchiveReader archive = archive(snapshot);
                    JournalLog journal = journal(snapshot);
                    return FlowCounts.miscounts(
                            known(snapshot).counts(),
                            span,
                            (since, until) -> archive.rows(since, until) + journal.rows(since, until));
                },
                () -> true);
    }

    /**
     * Returns the journal alone, if it suffices. The database of the archive takes as long to load as the journal to
     * answer. A damaged archive is no part of this, so that its gaps are in every answer.
     */
    @Override
    public Optional<FlowLog> since(long time) throws IOException {
        return places.archive() != null
                        && ArchiveSnapshot.of(places.archive()).damage().isEmpty()
                        && JournalFiles.in(places.journals()).holdAllSince(time)
                ? Optional.of(new WholeLog(places.withoutArchive(), database))
                : Optional.empty();
    }

    @Override
    public Coverage coverage(TimeSpan span) throws IOException {
        return ask(snapshot -> coverage(snapshot, span), () -> true);
    }

    private Coverage coverage(ArchiveSnapshot snapshot, TimeSpan span) throws IOException {
        JournalLog.Extent ofJournal = journal(snapshot).extent();
        KnownNotices known = known(snapshot);
        List<Gap> gaps = new ArrayList<>(known.gaps(span));
        Stream.concat(ofJournal.damage().stream(), snapshot.damage().stream())
                .filter(gap -> gap.overlaps(span))
                .forEach(gaps::add);
        // An archive that lags: what journald deletes before it is archived is in neither.
        if (!places.journals().isEmpty() && snapshot.index().cursor() != null) {
            JournalFiles.in(places.journals())
                    .vacuumedAfter(snapshot.index().cursor())
                    .filter(gap -> gap.overlaps(span))
                    .ifPresent(gaps::add);
        }
        gaps.sort(Comparator.comparingLong(Gap::since));
        long lastArchived = snapshot.index().files().stream()
                .mapToLong(ArchiveFile::last)
                .max()
                .orElse(0);
        return new Coverage(
                Math.min(snapshot.oldest(), ofJournal.since()),
                Math.max(lastArchived, ofJournal.until()),
                snapshot.oldest(),
                snapshot.until(),
                known.isRunning(),
                known.countedUntil(),
                gaps);
    }

    private JournalLog journal(ArchiveSnapshot snapshot) {
        return new JournalLog(places.journals(), snapshot.index().cursor());
    }

    private ArchiveReader archive(ArchiveSnapshot snapshot) throws IOException {
        return new ArchiveReader(snapshot.files().isEmpty() ? null : database.get(), snapshot);
    }

    @Override
    public void close() throws IOException {
        database.close();
    }
}
