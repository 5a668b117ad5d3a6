// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import net.conntracklogger.flow.Loss;

/**
 * Counts the entries of an interval that are not in the journal. Counts in a thread of its own, because reading the journal
 * takes up to a second, and longer if its disk is busy. Not thread-safe.
 */
final class EntryCounter implements AutoCloseable {
    /**
     * Number of readings, of which the one with most entries counts. journald can rename a file while the files are
     * opened.
     */
    private static final int READINGS = 2;

    /** The entries that were sent between two marks. */
    record Interval(Mark since, Mark until) {
        long sent() {
            return until.sent() - since.sent();
        }

        Loss loss(long count) {
            return new Loss(Loss.Place.JOURNAL, count, since.time(), until.time());
        }
    }

    private final StoredEntries.Count stored;
    private final ExecutorService thread;
    private FutureTask<OptionalLong> missing;

    /** Starts no thread yet. */
    EntryCounter(StoredEntries.Count stored) {
        this.stored = stored;
        thread = Executors.newSingleThreadExecutor(work -> {
            Thread reader = new Thread(work, "stored-entries");
            reader.setDaemon(true);
            return reader;
        });
    }

    /** Starts to count the entries of an interval that are missing. */
    void start(Interval interval) {
        missing = new FutureTask<>(() -> missing(interval));
        thread.execute(missing);
    }

    private OptionalLong missing(Interval interval) {
        OptionalLong least = OptionalLong.empty();
        for (int i = 0; i < READINGS && least.orElse(1) > 0; i++) {
            OptionalLong found =
                    stored.between(interval.since().time(), interval.until().time());
            if (found.isEmpty()) {
                return found;
            }
            long count = Math.max(0, interval.sent() - found.getAsLong());
            least = OptionalLong.of(Math.min(count, least.orElse(count)));
        }
        return least;
    }

    /** Reports whether the count that was started last is there. */
    boolean isDone() {
        return missing.isDone();
    }

    /**
     * Returns the count that is done; empty if unknown. It is unknown if the journal could not be read or has too many
     * entries.
     *
     * @throws IllegalStateException if counting failed
     */
    OptionalLong result() {
        try {
            return missing.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot count entries", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /** Ends the thread after its current reading. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
