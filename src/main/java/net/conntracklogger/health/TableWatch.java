// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.netfilter.TableCounts;

/**
 * Checks every ten seconds whether the conntrack table was full. A full table drops packets of new flows and removes
 * flows early. Reports that at once, counts the packets as losses, and reports the end after 50 seconds without.
 */
public final class TableWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Number of checks without a dropped packet after which the table is not full. They take less than a minute. */
    private static final int QUIET_CHECKS = 5;

    /** The counts of the kernel. */
    @FunctionalInterface
    public interface Statistics {
        /** Returns the most recent counts; null if there are none yet. Never waits. */
        RepeatedReading.Timed<TableCounts> read() throws IOException;
    }

    private final Statistics statistics;
    private final Consumer<? super Loss> losses;
    private final LongSupplier clock;
    private final LongSupplier micros;
    private final Interval interval;
    /** Null before the first reading. */
    private TableCounts before;

    /** Microseconds since the epoch before which the last reading began. */
    private long taken;

    private int quiet = QUIET_CHECKS;
    private String failure = "";

    /**
     * Starts to watch. What was counted before the first reading is not reported.
     *
     * @param losses receives the packets that were dropped, with the interval
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    public TableWatch(Statistics statistics, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        this.statistics = statistics;
        this.losses = losses;
        this.micros = micros;
        this.interval = new Interval(INTERVAL_NANOS, clock);
        this.clock = clock;
        this.taken = micros.getAsLong();
    }

    @Override
    public Optional<Notice> check() {
        return interval.isOver() ? compare() : Optional.empty();
    }

    @Override
    public Optional<Notice> finish() {
        return compare();
    }

    private Optional<Notice> compare() {
        TableCounts counts;
        long since = taken;
        try {
            RepeatedReading.Timed<TableCounts> now = statistics.read();
            if (now == null) {
                return Optional.empty();
            }
            counts = before == null ? TableCounts.NONE : now.value().since(before);
            before = now.value();
            taken = micros.getAsLong() - (clock.getAsLong() - now.began()) / 1000;
            failure = "";
        } catch (IOException e) {
            failure = e.getMessage();
            return Optional.empty();
        }
        return counts.isFull() ? full(counts, since) : notFull();
    }

    private Optional<Notice> full(TableCounts counts, long since) {
        if (counts.dropped() > 0) {
            losses.accept(new Loss(Loss.Place.TABLE, counts.dropped(), Math.min(since, taken), micros.getAsLong()));
        }
        boolean news = quiet >= QUIET_CHECKS;
        quiet = 0;
        return news
                ? Optional.of(new Notice(
                        Notice.Kind.TABLE_FULL,
                        ("conntrack table full: %d packets of new flows dropped, %d flows evicted in the last seconds;"
                                        + " the host refuses flows; raise net.netfilter.nf_conntrack_max")
                                .formatted(counts.dropped(), counts.evicted())))
                : Optional.empty();
    }

    private Optional<Notice> notFull() {
        quiet++;
        return quiet == QUIET_CHECKS
                ? Optional.of(
                        new Notice(Notice.Kind.TABLE_NOT_FULL, "conntrack table no longer full; new flows are tracked"))
                : Optional.empty();
    }

    @Override
    public String status() {
        return failure;
    }
}
