// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Statistics;
import net.conntracklogger.linux.ReplacedFile;

/**
 * Writes statistics in the text format of Prometheus. The textfile collector of its node exporter reads them. A reader
 * sees the old file or the new one, never a part.
 */
final class MetricsFile {
    private static final double MICROS_PER_SECOND = 1e6;

    private final StringBuilder text = new StringBuilder();

    private MetricsFile() {}

    /**
     * Replaces the file.
     *
     * @throws IOException if it cannot be written; the message names it
     */
    static void write(Path file, Statistics statistics) throws IOException {
        new ReplacedFile(file).write(text(statistics));
    }

    /** Returns the content of the file. */
    static String text(Statistics statistics) {
        MetricsFile file = new MetricsFile();
        file.head("start_time_seconds", "gauge", "When the service started, seconds since the epoch.");
        String start = String.format(Locale.ROOT, "%.6f", statistics.since() / MICROS_PER_SECOND);
        file.text.append("conntrack_logger_start_time_seconds ").append(start).append('\n');
        file.counter("received", "Events of conntrack, and existing flows.", statistics.received());
        file.counter("excluded", "Events that the configuration excludes.", statistics.excluded());
        file.counter("aggregated", "Events that summaries count.", statistics.aggregated());
        file.counter("logged", "Entries written, except losses and statistics.", statistics.logged());
        file.head("attributed_total", "counter", "New and existing flows with a process, by the way it was found.");
        statistics.attributed().forEach((source, count) -> file.labelled("attributed", label(source), count));
        file.counter("unattributed", "New and existing flows without a process.", statistics.unattributed());
        file.head("lost_total", "counter", "Records lost, by place.");
        for (Loss.Place place : Loss.Place.values()) {
            file.labelled("lost", "where=\"" + place.text() + "\"", statistics.lost(place));
        }
        file.head("queue_most_records", "gauge", "Largest number of records that waited for the journal.");
        file.text
                .append("conntrack_logger_queue_most_records ")
                .append(statistics.queueMost())
                .append('\n');
        return file.text.toString();
    }

    private static String label(OwnerSource source) {
        return "source=\"" + source.text() + "\"";
    }

    private void head(String name, String type, String help) {
        text.append("# HELP conntrack_logger_").append(name).append(' ').append(help);
        text.append("\n# TYPE conntrack_logger_").append(name).append(' ').append(type);
        text.append('\n');
    }

    private void counter(String name, String help, long count) {
        head(name + "_total", "counter", help);
        text.append("conntrack_logger_").append(name).append("_total ").append(count);
        text.append('\n');
    }

    private void labelled(String name, String label, long count) {
        text.append("conntrack_logger_").append(name).append("_total{").append(label);
        text.append("} ").append(count).append('\n');
    }
}
