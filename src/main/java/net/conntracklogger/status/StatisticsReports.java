// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Statistics;

/** Reports the statistics at intervals: as an entry, and in the file of {@code Metrics=}. Called by thread main only. */
public final class StatisticsReports {
    private static final long METRICS_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final Supplier<Statistics> statistics;
    private final Consumer<Observation> report;
    private final LongSupplier clock;
    private Configuration configuration;
    private long reported;
    private long written;
    /** The error of the last attempt to write the file; empty if it was written. */
    private String failure = "";

    /**
     * Starts the first interval of the entries. The file is written at the first check.
     *
     * @param report receives entries, and notices about the file
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public StatisticsReports(
            Configuration configuration,
            Supplier<Statistics> statistics,
            Consumer<Observation> report,
            LongSupplier clock) {
        this.configuration = configuration;
        this.statistics = statistics;
        this.report = report;
        this.clock = clock;
        this.reported = clock.getAsLong();
        this.written = reported - METRICS_INTERVAL_NANOS;
    }

    /** Applies changed intervals and files from the next check on. */
    public void reconfigure(Configuration changed) {
        configuration = changed;
        written = clock.getAsLong() - METRICS_INTERVAL_NANOS;
    }

    /** Returns the statistics of the end; empty if no entries are wanted. */
    public Optional<Statistics> last() {
        return configuration.statisticsSec() == 0 ? Optional.empty() : Optional.of(statistics.get());
    }

    /** Reports what is due. Called about once a second. */
    public void check() {
        long now = clock.getAsLong();
        int seconds = configuration.statisticsSec();
        if (seconds > 0 && now - reported >= TimeUnit.SECONDS.toNanos(seconds)) {
            reported = now;
            report.accept(statistics.get());
        }
        Optional<Path> file = configuration.metrics();
        if (file.isPresent() && now - written >= METRICS_INTERVAL_NANOS) {
            written = now;
            writeTo(file.get());
        }
    }

    private void writeTo(Path file) {
        String before = failure;
        try {
            MetricsFile.write(file, statistics.get());
            failure = "";
        } catch (IOException e) {
            failure = e.getMessage();
        }
        if (failure.isEmpty() && !before.isEmpty()) {
            report.accept(new Notice(Notice.Kind.METRICS_WRITTEN, "metrics written again: " + file));
        } else if (!failure.isEmpty() && before.isEmpty()) {
            report.accept(new Notice(
                    Notice.Kind.METRICS_FAILED,
                    "metrics not written: %s; they are out of date; let the service write there".formatted(failure)));
        }
    }
}
