// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;

/**
 * Checks every ten seconds whether the service's nft table is gone. If so, has it added again. The table enables
 * connection tracking. Only a process that takes over the socket of its owner can remove the table, or a bug of the
 * kernel.
 */
public final class TrackingTableWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The table. */
    @FunctionalInterface
    public interface Table {
        /**
         * Adds the table if it is gone. Reports whether it was.
         *
         * @throws IOException if the table is gone and cannot be added
         */
        boolean restore() throws IOException;
    }

    private final Table table;
    private final Interval interval;
    private final BlindTime blind;
    private String failure = "";

    /**
     * Starts to watch.
     *
     * @param losses receives the times without the table
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    public TrackingTableWatch(Table table, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        this.table = table;
        this.interval = new Interval(INTERVAL_NANOS, clock);
        this.blind = new BlindTime(Loss.Place.OFF, losses, micros);
    }

    @Override
    public Optional<Notice> check() {
        if (!interval.isOver()) {
            return Optional.empty();
        }
        boolean failedBefore = !failure.isEmpty();
        try {
            boolean gone = table.restore();
            failure = "";
            if (gone) {
                blind.blind();
            }
            blind.seeing();
            return gone || failedBefore ? Optional.of(restored(failedBefore)) : Optional.empty();
        } catch (IOException e) {
            failure = e.getMessage();
            blind.blind();
            return failedBefore ? Optional.empty() : Optional.of(removed(failure));
        }
    }

    private static Notice removed(String rest) {
        return new Notice(
                Notice.Kind.TRACKING_REMOVED,
                "nft table that enables connection tracking was removed; flows that began meanwhile may be missing; "
                        + rest);
    }

    private static Notice restored(boolean reported) {
        return reported
                ? new Notice(Notice.Kind.TRACKING_ACTIVE, "connection tracking active again; new flows are logged")
                : removed("added again");
    }

    @Override
    public Optional<Notice> finish() {
        blind.finish();
        return Optional.empty();
    }

    @Override
    public String status() {
        return failure;
    }
}
