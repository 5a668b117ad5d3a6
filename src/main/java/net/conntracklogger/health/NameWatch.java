// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.names.NameCounts;

/**
 * Reports that destination names are missing: at once, then at most once an hour. Each report has the counts since the
 * start.
 */
public final class NameWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Supplier<NameCounts> counts;
    private final Interval interval;
    private long reported;

    /**
     * Starts to watch.
     *
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public NameWatch(Supplier<NameCounts> counts, LongSupplier clock) {
        this.counts = counts;
        this.interval = Interval.dueAtOnce(INTERVAL_NANOS, clock);
    }

    @Override
    public Optional<Notice> check() {
        return interval.isDue() ? finish() : Optional.empty();
    }

    @Override
    public Optional<Notice> finish() {
        NameCounts now = counts.get();
        if (now.missing() == reported) {
            return Optional.empty();
        }
        reported = now.missing();
        interval.restart();
        return Optional.of(new Notice(
                Notice.Kind.NAMES_INCOMPLETE,
                "destination names incomplete: %s; flows to these addresses may lack FLOW_DNAME".formatted(text(now))));
    }

    private static String text(NameCounts counts) {
        return "%d DNS answers not understood, %d dropped, names of %d addresses displaced"
                .formatted(counts.malformed(), counts.dropped(), counts.displaced());
    }

    @Override
    public String status() {
        NameCounts now = counts.get();
        String missing = now.missing() == 0 ? "" : text(now);
        String unasked =
                now.unasked() == 0 ? "" : "%d DNS answers ignored that nobody asked for".formatted(now.unasked());
        return missing.isEmpty() || unasked.isEmpty() ? missing + unasked : missing + "; " + unasked;
    }
}
