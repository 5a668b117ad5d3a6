// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsReportsTest {
    private static final long SECOND = 1_000_000_000;

    @TempDir
    private Path directory;

    private long clock = Long.MAX_VALUE - SECOND; // It wraps soon.
    private long received;
    private final List<Observation> reported = new ArrayList<>();

    private Statistics statistics() {
        return new Statistics(
                1_795_467_584_600_000L,
                received,
                1,
                7,
                2,
                2,
                Map.of(OwnerSource.BPF, 3L),
                4,
                Map.of(Loss.Place.KERNEL, 5L),
                6);
    }

    private Configuration configuration(String lines) throws IOException, ConfigurationException {
        return ConfigurationReader.read(Files.writeString(directory.resolve("test.conf"), "[Log]\n" + lines));
    }

    private StatisticsReports reports(String lines) throws IOException, ConfigurationException {
        return new StatisticsReports(configuration(lines), this::statistics, reported::add, () -> clock);
    }

    private void check(StatisticsReports reports, int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock += SECOND;
            reports.check();
        }
    }

    @Test
    void reportsAnEntryEachInterval() throws Exception {
        StatisticsReports reports = reports("StatisticsSec=1min 30s\n");
        check(reports, 89);
        assertEquals(List.of(), reported);
        received = 10;
        check(reports, 1);
        assertEquals(List.of(statistics()), reported);
        check(reports, 180);
        assertEquals(3, reported.size());
    }

    @Test
    void reportsNoEntryIfNoneIsWanted() throws Exception {
        check(reports("StatisticsSec=no\n"), 10_000);
        assertEquals(List.of(), reported);
    }

    @Test
    void changesWithTheConfiguration() throws Exception {
        StatisticsReports reports = reports("");
        reports.reconfigure(configuration("StatisticsSec=10\nMetrics=" + directory + "/new.prom\n"));
        check(reports, 10);
        assertEquals(1, reported.size());
        assertTrue(Files.exists(directory.resolve("new.prom")));
    }

    @Test
    void writesTheFileAtOnceAndEach15Seconds() throws Exception {
        Path file = directory.resolve("metrics.prom");
        StatisticsReports reports = reports("Metrics=" + file + "\n");
        check(reports, 1);
        assertEquals(MetricsFile.text(statistics()), Files.readString(file));
        received = 9;
        check(reports, 14);
        assertTrue(Files.readString(file).contains("conntrack_logger_received_total 0\n"));
        check(reports, 1);
        assertTrue(Files.readString(file).contains("conntrack_logger_received_total 9\n"));
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(2, left.count(), "nothing but the file and the configuration");
        }
    }

    @Test
    void replacesALinkAndNotItsTarget() throws Exception {
        Path other = Files.writeString(directory.resolve("other"), "untouched");
        Files.createSymbolicLink(directory.resolve("metrics.prom"), other);
        Files.createSymbolicLink(directory.resolve(".metrics.prom.new"), other);
        check(reports("Metrics=" + directory + "/metrics.prom\n"), 1);
        assertEquals("untouched", Files.readString(other));
        assertFalse(Files.isSymbolicLink(directory.resolve("metrics.prom")));
        assertEquals(List.of(), reported);
    }

    @Test
    void reportsOnceThatTheFileCannotBeWrittenAndTheEnd() throws Exception {
        Path file = directory.resolve("missing/metrics.prom");
        StatisticsReports reports = reports("Metrics=" + file + "\n");
        check(reports, 100);
        assertEquals(1, reported.size());
        Notice failed = (Notice) reported.get(0);
        assertEquals(Notice.Kind.METRICS_FAILED, failed.kind());
        assertTrue(failed.text().startsWith("metrics not written: cannot write " + file + ": "), failed::text);
        Files.createDirectory(file.getParent());
        check(reports, 20);
        assertEquals(new Notice(Notice.Kind.METRICS_WRITTEN, "metrics written again: " + file), reported.get(1));
    }

    /** The format is https://prometheus.io/docs/instrumenting/exposition_formats/. */
    @Test
    void writesTheTextFormat() {
        received = 7;
        List<String> lines = MetricsFile.text(statistics()).lines().toList();
        assertEquals(
                "# HELP conntrack_logger_start_time_seconds When the service started, seconds since the epoch.",
                lines.get(0));
        assertEquals("# TYPE conntrack_logger_start_time_seconds gauge", lines.get(1));
        assertEquals("conntrack_logger_start_time_seconds 1795467584.600000", lines.get(2));
        assertTrue(lines.contains("conntrack_logger_received_total 7"));
        assertTrue(lines.contains("conntrack_logger_attributed_total{source=\"bpf\"} 3"));
        assertTrue(lines.contains("conntrack_logger_lost_total{where=\"kernel\"} 5"));
        assertTrue(lines.contains("conntrack_logger_lost_total{where=\"table\"} 0"));
        for (String line : lines) {
            assertTrue(line.matches("# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[a-z_]+\"\\})? [0-9.]+"), line);
        }
    }
}
