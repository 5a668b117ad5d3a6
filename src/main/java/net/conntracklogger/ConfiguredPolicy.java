// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.watch.FlowPolicy;
import net.conntracklogger.watch.ListFiles;
import net.conntracklogger.watch.WatchLists;

/**
 * The policy of a configuration, with watch lists whose files are read in a thread of their own. Called by thread main only.
 */
final class ConfiguredPolicy implements Closeable {
    private static final long INTERVAL_MILLIS = 1000;
    /** A large file takes some seconds on a slow computer. */
    private static final long SILENT_MILLIS = 30_000;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Consumer<Notice> notices;
    private final ConfiguredRules rules;
    private RepeatedReading<WatchLists> reading;
    private FlowPolicy policy = FlowPolicy.ALL;
    private boolean silent;

    ConfiguredPolicy(Consumer<Notice> notices) {
        this.notices = notices;
        this.rules = new ConfiguredRules(notices);
    }

    /** Applies a configuration, and begins to read the files of its lists. Until they are read, earlier lists stay in effect. */
    FlowPolicy apply(Configuration configuration) {
        close();
        ListFiles files = new ListFiles(configuration.list(), policy.lists(), notices);
        policy = new FlowPolicy(rules.filter(configuration), files.current(), configuration.allow());
        if (!configuration.list().isEmpty()) {
            reading = new RepeatedReading<>("watch-lists", files, INTERVAL_MILLIS, System::nanoTime);
        }
        return policy;
    }

    /** Waits until all files are read or the time is over. Returns the policy then. */
    FlowPolicy await(long patienceNanos) {
        long deadline = System.nanoTime() + patienceNanos;
        while (reading != null && latest().isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        return check().orElse(policy);
    }

    /** Returns the policy if the lists have changed since the last call; empty if they have not. */
    Optional<FlowPolicy> check() {
        Optional<WatchLists> lists = reading == null ? Optional.empty() : latest();
        if (lists.isEmpty() || lists.get().equals(policy.lists())) {
            return Optional.empty();
        }
        policy = policy.with(lists.get());
        return Optional.of(policy);
    }

    private Optional<WatchLists> latest() {
        try {
            Optional<WatchLists> lists =
                    Optional.ofNullable(reading.latest(SILENT_MILLIS)).map(RepeatedReading.Timed::value);
            silent = false;
            return lists;
        } catch (IOException e) {
            if (!silent) {
                notices.accept(new Notice(
                        Notice.Kind.WATCH_LIST_FAILED,
                        "watch list not read: %s; the earlier entries of %s stay in effect; check the storage of the files"
                                .formatted(
                                        e.getMessage(),
                                        policy.lists().lists().stream()
                                                .map(WatchLists.Named::name)
                                                .collect(Collectors.joining(" ")))));
            }
            silent = true;
            return Optional.empty();
        }
    }

    /** Ends the reading of files. */
    @Override
    public void close() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }
}
