// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Shortage;

/**
 * Reports that the BPF maps are too small. A record that is dropped or evicted may leave a flow unattributed. Reports
 * the first shortage at once, later ones at most once a minute. Each report counts the records since the last report.
 */
public final class ShortageWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Supplier<Shortage> counts;
    private final Consumer<? super Loss> losses;
    private final LongSupplier micros;
    private long complete;
    private final Interval interval;
    private Shortage reported = new Shortage(0, 0);

    /**
     * Starts to watch.
     *
     * @param counts records that are missing since the start
     * @param losses receives the flow records that are missing
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    public ShortageWatch(
            Supplier<Shortage> counts, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        this.losses = losses;
        this.micros = micros;
        this.complete = micros.getAsLong();
        this.counts = counts;
        this.interval = Interval.dueAtOnce(INTERVAL_NANOS, clock);
    }

    @Override
    public Optional<Notice> check() {
        return interval.isDue() ? finish() : Optional.empty();
    }

    @Override
    public Optional<Notice> finish() {
        Shortage now = counts.get();
        long flows = now.flows() - reported.flows();
        long processes = now.processes() - reported.processes();
        if (flows + processes == 0) {
            return Optional.empty();
        }
        reported = now;
        interval.restart();
        long since = Math.min(complete, micros.getAsLong());
        complete = micros.getAsLong();
        if (flows > 0) {
            losses.accept(new Loss(Loss.Place.OWNER, flows, since, complete));
        }
        return Optional.of(new Notice(Notice.Kind.KERNEL_RECORDS_SHORT, text(flows, processes)));
    }

    private static String text(long flows, long processes) {
        List<String> records = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        if (flows > 0) {
            records.add(flows + " flow");
            keys.add("KernelFlows=");
        }
        if (processes > 0) {
            records.add(processes + " process");
            keys.add("KernelProcesses=");
        }
        return "BPF maps too small: at least %s records dropped; raise %s"
                .formatted(String.join(" and ", records), String.join(" and ", keys));
    }

    @Override
    public String status() {
        Shortage now = counts.get();
        return now.flows() + now.processes() == 0
                ? ""
                : "%d flow and %d process records dropped".formatted(now.flows(), now.processes());
    }
}
