// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Unattributed;

/**
 * Reports that more new flows than usual lack their process, and the end. Compares the share of some twenty seconds with the
 * usual share, a mean in which the last five minutes count most. Time with an unusual share does not change what is usual.
 */
public final class OwnerWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** Fewer flows show no share: then the interval is longer. */
    private static final long FEWEST = 50;
    /** Least share that is reported. */
    private static final double LEAST_SHARE = 0.1;
    /** Least multiple of the usual share that is reported. */
    private static final double LEAST_MULTIPLE = 3;
    /** Weight of an interval in the usual share. */
    private static final double WEIGHT = 1 / 16.0;

    private final LongSupplier found;
    private final Supplier<Map<Unattributed, Long>> missed;
    private final Interval interval;
    private long foundBefore;
    private Map<Unattributed, Long> missedBefore;
    private double usual;
    private boolean unusual;

    /**
     * Starts to watch.
     *
     * @param found new flows with a process since the start
     * @param missed new flows without a process that can be named in principle, by the reason
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public OwnerWatch(LongSupplier found, Supplier<Map<Unattributed, Long>> missed, LongSupplier clock) {
        this.found = found;
        this.missed = missed;
        this.interval = new Interval(INTERVAL_NANOS, clock);
        this.foundBefore = found.getAsLong();
        this.missedBefore = missed.get();
    }

    @Override
    public Optional<Notice> check() {
        if (!interval.isOver()) {
            return Optional.empty();
        }
        Map<Unattributed, Long> missedNow = missed.get();
        long newlyFound = found.getAsLong() - foundBefore;
        long newlyMissed = sum(missedNow) - sum(missedBefore);
        if (newlyFound + newlyMissed < FEWEST) {
            return Optional.empty();
        }
        String reason = mostFrequent(missedNow);
        foundBefore += newlyFound;
        missedBefore = missedNow;
        return compare(newlyMissed, newlyFound + newlyMissed, reason);
    }

    private Optional<Notice> compare(long without, long all, String reason) {
        double share = (double) without / all;
        boolean before = unusual;
        unusual = share >= LEAST_SHARE && share >= LEAST_MULTIPLE * usual;
        String text = "%d of %d new flows lack their process, usually %.1f %%".formatted(without, all, 100 * usual);
        if (!unusual) {
            usual += WEIGHT * (share - usual);
        }
        if (before == unusual) {
            return Optional.empty();
        }
        return Optional.of(
                unusual
                        ? new Notice(
                                Notice.Kind.OWNERS_MISSING,
                                "owners missing more often than usual: %s; most frequent reason: %s;"
                                                .formatted(text, reason)
                                        + " look for other warnings and for a busy machine")
                        : new Notice(Notice.Kind.OWNERS_FOUND, "owners missing no more often than usual: " + text));
    }

    private static long sum(Map<Unattributed, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the reason of most flows since the last comparison. */
    private String mostFrequent(Map<Unattributed, Long> now) {
        return now.keySet().stream()
                .max(Comparator.comparingLong(reason -> now.get(reason) - missedBefore.get(reason)))
                .map(Unattributed::text)
                .orElse("");
    }

    @Override
    public String status() {
        return unusual ? "owners missing more often than usual" : "";
    }
}
