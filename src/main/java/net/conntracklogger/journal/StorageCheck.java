// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.linux.FileReader;

/**
 * Finds the entries that journald took and did not store. Counts the entries that are in the journal. journald loses
 * the entry that it works on when it is killed, and all that wait in its socket when the socket is closed: after
 * either, the entries are counted at once. journald drops entries because of MaxLevelStore=, Storage=none, a rate limit
 * or a full disk, and reports no error: so entries are counted three times a minute. Not thread-safe, except for
 * {@link #isStoring}.
 */
final class StorageCheck implements AutoCloseable {
    /**
     * Number of checks after a suspicion at which journald has taken all. The first proves that it runs again, and
     * until the second it stores what it has taken.
     */
    private static final int SETTLING = 2;

    /** Interval between two counts without a suspicion. */
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(20);

    /**
     * Maximum number of entries that are counted without a suspicion, which takes about 50 ms. Of more entries those of the last
     * second are counted.
     */
    private static final long MOST_COUNTED = 10_000;

    /**
     * Change of CLOCK_REALTIME against CLOCK_MONOTONIC within an interval at which the clock was set. Entries are assigned to
     * intervals by CLOCK_REALTIME.
     */
    private static final long CLOCK_SET_MICROS = 1_000;

    private final JournalSocket socket;
    private final String invocation;
    private final EntryCounter counter;
    private final LongSupplier clock;
    private final LongSupplier micros;
    private final FileReader links = new FileReader();
    private String lastInvocation = "";
    private int lastConnections = 1;
    /** All entries before this are known to be stored, or are reported as lost. */
    private Mark verified;
    /** When journald had taken all. The older mark counts, because journald may still have worked on the last entry. */
    private Mark older;

    private Mark newer;
    private int settling;
    private long due;
    private EntryCounter.Interval counted;
    private boolean afterSuspicion;
    private volatile boolean storing = true;

    /**
     * Starts to compare the entries that journald stores with those that were sent.
     *
     * @param units directory in which systemd publishes the invocations of units
     * @param stored counts stored entries
     * @param clock nanoseconds of CLOCK_MONOTONIC, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    StorageCheck(
            JournalSocket socket, Path units, StoredEntries.Count stored, LongSupplier clock, LongSupplier micros) {
        this.socket = socket;
        this.invocation = units.resolve("invocation:systemd-journald.service").toString();
        this.counter = new EntryCounter(stored);
        this.clock = clock;
        this.micros = micros;
        this.due = clock.getAsLong() + INTERVAL_NANOS;
        verified = mark();
        older = verified;
        newer = verified;
    }

    private Mark mark() {
        return new Mark(micros.getAsLong(), clock.getAsLong(), socket.sent());
    }

    /** Reports whether journald stores what it takes, as far as is known. Thread-safe. */
    boolean isStoring() {
        return storing;
    }

    /** Returns the entries that were not stored since an earlier call, if there are any. Called about once a second. */
    Optional<Loss> check() {
        findSuspicion();
        if (counted != null) {
            return counter.isDone() ? settle(counter.result()) : Optional.empty();
        }
        if (!socket.isTaken()) {
            return Optional.empty();
        }
        Mark mark = mark();
        if (settling > 0) {
            settling--;
            if (settling == 0) {
                count(older, mark, /* suspicion= */ true);
            }
            return Optional.empty();
        }
        // journald has taken a later entry, so that it has dealt with those before the mark.
        if (mark.nanos() - due >= 0 && newer.sent() > verified.sent() && mark.sent() > newer.sent()) {
            count(newer.sent() - verified.sent() <= MOST_COUNTED || !storing ? verified : older, newer, false);
        }
        older = newer;
        newer = mark;
        return Optional.empty();
    }

    private void findSuspicion() {
        String current = new String(links.bytes(links.readLink(invocation)), StandardCharsets.US_ASCII);
        boolean suspicious =
                socket.connections() > lastConnections || !lastInvocation.isEmpty() && !current.equals(lastInvocation);
        lastConnections = Math.max(1, socket.connections());
        lastInvocation = current;
        if (suspicious) {
            settling = SETTLING;
        }
    }

    private void count(Mark since, Mark until, boolean suspicion) {
        afterSuspicion = suspicion;
        due = clock.getAsLong() + INTERVAL_NANOS;
        if (until.isClockSetSince(since, CLOCK_SET_MICROS)) {
            verified = until;
            return;
        }
        counted = new EntryCounter.Interval(since, until);
        counter.start(counted);
    }

    /** Accounts for a count; empty if the entries could not be counted. */
    private Optional<Loss> settle(OptionalLong missing) {
        EntryCounter.Interval interval = counted;
        counted = null;
        long count = missing.orElse(0);
        if (count > 0 && !afterSuspicion && interval.since().sent() > verified.sent()) {
            count(verified, interval.until(), false); // of all, as some are missing
            return Optional.empty();
        }
        verified = interval.until();
        if (afterSuspicion) {
            older = verified;
            newer = verified;
        } else if (missing.isPresent()) {
            storing = count == 0;
        }
        return count > 0 ? Optional.of(interval.loss(count)) : Optional.empty();
    }

    @Override
    public void close() {
        counter.close();
        links.close();
    }
}
