// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.Notice;

/**
 * Reports failures that the service survived. Reports the first at once, later ones at most once a minute. Each report
 * has the failures since the last report.
 */
public final class FailureWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Supplier<Map<String, Failures.Count>> counts;
    private final Interval interval;
    private Map<String, Failures.Count> reported = Map.of();

    /**
     * Starts to watch.
     *
     * @param counts failures since the start, by the work that failed
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public FailureWatch(Supplier<Map<String, Failures.Count>> counts, LongSupplier clock) {
        this.counts = counts;
        this.interval = Interval.dueAtOnce(INTERVAL_NANOS, clock);
    }

    @Override
    public Optional<Notice> check() {
        return interval.isDue() ? finish() : Optional.empty();
    }

    @Override
    public Optional<Notice> finish() {
        Map<String, Failures.Count> now = counts.get();
        StringJoiner failures = new StringJoiner(", ");
        now.forEach((work, count) -> {
            long before = reported.containsKey(work) ? reported.get(work).number() : 0;
            if (count.number() > before) {
                failures.add("%d in %s (%s)".formatted(count.number() - before, work, count.last()));
            }
        });
        if (failures.length() == 0) {
            return Optional.empty();
        }
        reported = now;
        interval.restart();
        return Optional.of(new Notice(
                Notice.Kind.WORK_FAILED,
                "internal failures survived: %s; some flows lack their owner (PID_REASON=lookup-failed) or their name"
                        .formatted(failures)));
    }

    @Override
    public String status() {
        long all =
                counts.get().values().stream().mapToLong(Failures.Count::number).sum();
        return all == 0 ? "" : "%d internal failures survived".formatted(all);
    }
}
