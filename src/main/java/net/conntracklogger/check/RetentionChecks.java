// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import static net.conntracklogger.entry.JournalField.FLOW_EVENT;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conntracklogger.answer.Bytes;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Checks how long journal and archive keep flows at the rate of the last day. */
final class RetentionChecks {
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    /**
     * Number of flows that fill a journal file. A file is full after 174,765 different values; each flow of a new
     * process brings 8 to 9.
     */
    private static final long FLOWS_OF_A_FILE = 20_000;
    /** Bytes of a flow in the journal, as measured on systemd 252 and 257. */
    private static final long JOURNAL_BYTES = 1500;
    /** Bytes of a flow in the archive, at most. */
    private static final long ARCHIVE_BYTES = 40;
    /** Defaults of journald.conf(5). */
    private static final long JOURNAL_FILES = 100;

    private static final long LARGEST_JOURNAL = 4L << 30;
    private static final long LARGEST_ARCHIVE = 16L << 30;
    private static final int SHARE = 10;
    private static final long GOOD_DAYS = 7;
    private static final long LAG = TimeUnit.MINUTES.toMicros(20);

    private final HostFiles files;
    private final Configuration configuration;
    private final Coverage coverage;
    private final long now;
    private final long flowsOfADay;

    RetentionChecks(HostFiles files, Configuration configuration, FlowLog log, Coverage coverage, long now)
            throws IOException {
        this.files = files;
        this.configuration = configuration;
        this.coverage = coverage;
        this.now = now;
        flowsOfADay = rate(log);
    }

    /** Returns the number of entries a day, by those of the last day. In a younger log, by those since it began. */
    private long rate(FlowLog log) throws IOException {
        // Summaries stand for many flows, but are few.
        long rows = log.totals(FlowQuery.in(new TimeSpan(now - DAY, Long.MAX_VALUE)), Grouping.by(FLOW_EVENT)).stream()
                .filter(totals -> !FlowSummary.EVENT.equals(totals.key().get(0)))
                .mapToLong(Totals::flows)
                .sum();
        long span = Math.max(Math.min(DAY, now - Math.min(coverage.since(), now)), TimeUnit.MINUTES.toMicros(1));
        return rows * DAY / span;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(journal());
        findings.add(archive());
        return findings;
    }

    private Finding journal() {
        Path directory = files.root().resolve("var/log/journal");
        long use = files.setting("journald.conf", "SystemMaxUse")
                .flatMap(RetentionChecks::size)
                .orElse(Math.min(total(directory) / SHARE, LARGEST_JOURNAL));
        long most = files.setting("journald.conf", "SystemMaxFiles")
                .filter(text -> text.matches("\\d{1,9}"))
                .map(Long::valueOf)
                .orElse(JOURNAL_FILES);
        long flows = Math.min(use / JOURNAL_BYTES, most * FLOWS_OF_A_FILE);
        String text = held("the journal", flows, use);
        if (flowsOfADay == 0 || flows / flowsOfADay >= GOOD_DAYS) {
            return Finding.ok("journal", text);
        }
        long wanted = (GOOD_DAYS * flowsOfADay * JOURNAL_BYTES >> 30) + 1;
        return Finding.warn(
                "journal",
                text + ", and other logs of this host as long",
                "give flows a journal of their own (LogNamespace=flows in a drop-in of the unit), or set SystemMaxUse="
                        + wanted + "G and SystemMaxFiles=" + (GOOD_DAYS * flowsOfADay / FLOWS_OF_A_FILE + 1)
                        + " in journald.conf");
    }

    private Finding archive() {
        Path directory = files.root().resolve(LogPlaces.ARCHIVE.toString().substring(1));
        if (coverage.archivedUntil() == 0) {
            return Finding.warn(
                    "archive",
                    "nothing is archived yet",
                    "systemctl start conntrack-logger-archive; if that fails: systemctl status conntrack-logger-archive");
        }
        if (now - coverage.archivedUntil() > LAG && coverage.until() - coverage.archivedUntil() > LAG) {
            return Finding.warn(
                    "archive",
                    "it lags " + TimeUnit.MICROSECONDS.toMinutes(now - coverage.archivedUntil()) + " min",
                    "systemctl status conntrack-logger-archive.timer conntrack-logger-archive");
        }
        long use = configuration.archive().maxUse().orElse(Math.min(total(directory) / SHARE, LARGEST_ARCHIVE));
        long held = flowsOfADay == 0 ? Long.MAX_VALUE : use / ARCHIVE_BYTES / flowsOfADay;
        long wanted = TimeUnit.SECONDS.toDays(configuration.archive().keepSeconds());
        String text = "has " + Bytes.text(used(directory)) + " since "
                + TimeUnit.MICROSECONDS.toDays(now - coverage.archivedSince()) + " days ago; ";
        return held >= wanted
                ? Finding.ok("archive", text + "Keep= of " + wanted + " days fits into " + Bytes.text(use))
                : Finding.warn(
                        "archive",
                        text + Bytes.text(use) + " hold " + held + " of " + wanted
                                + " days at the rate of the last day",
                        "raise MaxUse= in the section [Archive] of /etc/conntrack-logger.conf");
    }

    private String held(String what, long flows, long use) {
        String rate = " at " + flowsOfADay + " flows a day";
        return flowsOfADay == 0
                ? what + " has room for " + flows + " flows (" + Bytes.text(use) + ")"
                : what + " holds flows for " + flows / flowsOfADay + " days (" + Bytes.text(use) + ")" + rate;
    }

    private static long total(Path directory) {
        try {
            FileStore store = Files.getFileStore(Files.exists(directory) ? directory : directory.getRoot());
            return store.getTotalSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    private static long used(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            return Bytes.UNKNOWN;
        }
    }

    /** Reads a size of journald.conf(5): a number, K, M, G or T. */
    private static Optional<Long> size(String text) {
        if (!text.matches("\\d{1,9}[KMGT]?")) {
            return Optional.empty();
        }
        int unit = "KMGT".indexOf(text.charAt(text.length() - 1)) + 1;
        return Optional.of(Long.parseLong(unit == 0 ? text : text.substring(0, text.length() - 1)) << 10 * unit);
    }
}
