// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.identity.UserIds;
import net.conntracklogger.watch.FlowPolicy;
import net.conntracklogger.watch.ListFiles;
import net.conntracklogger.watch.WatchLists;

/** The policy of a configuration. Its watch lists are read in a thread of their own. Called by thread main only. */
final class ConfiguredPolicy implements Closeable {
    private static final long INTERVAL_MILLIS = 1000;
    /** A large file takes some seconds on a slow computer. */
    private static final long SILENT_MILLIS = 30_000;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Consumer<FlowPolicy> apply;
    private final Consumer<Notice> notices;
    private RepeatedReading<WatchLists> reading;
    private FlowPolicy policy = FlowPolicy.ALL;
    private boolean silent;

    /**
     * Starts with a policy that logs all flows.
     *
     * @param apply takes the policy when lists were read
     * @param notices receives what was read and what could not be read
     */
    ConfiguredPolicy(Consumer<FlowPolicy> apply, Consumer<Notice> notices) {
        this.apply = apply;
        this.notices = notices;
    }

    /** Returns the policy of a configuration, and begins to read the files of its lists. Until then earlier lists stay in effect. */
    FlowPolicy configure(Configuration configuration) {
        close();
        ListFiles files = new ListFiles(configuration.list(), policy.lists(), notices);
        policy = new FlowPolicy(filter(configuration), files.current(), new Expectations(configuration.allow()));
        if (!configuration.list().isEmpty()) {
            reading = new RepeatedReading<>("watch-lists", files, INTERVAL_MILLIS, System::nanoTime);
        }
        return policy;
    }

    /** Returns the filter of a configuration's rules. Reports users that do not exist. */
    private FlowFilter filter(Configuration configuration) {
        Set<String> users = new TreeSet<>();
        Stream.concat(configuration.include().stream(), configuration.exclude().stream())
                .forEach(rule -> users.addAll(rule.users()));
        configuration.allow().forEach(expectation -> users.addAll(expectation.users()));
        Map<String, Long> ids = UserIds.of(users);
        users.removeAll(ids.keySet());
        if (!users.isEmpty()) {
            notices.accept(new Notice(
                    Notice.Kind.RULE_USERS_UNKNOWN,
                    "rules name unknown users: %s; their flows are logged; create them or write their numbers, and run"
                                    .formatted(String.join(" ", users))
                            + " \"systemctl reload conntrack-logger\""));
        }
        return new FlowFilter(configuration.include(), configuration.exclude(), ids);
    }

    /**
     * Waits until all files are read or until the timeout, then applies the lists.
     *
     * @param patienceNanos the timeout
     */
    void await(long patienceNanos) {
        long deadline = System.nanoTime() + patienceNanos;
        while (reading != null && latest().isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        check();
    }

    /** Applies lists whose files were read since the last call, then reports them. */
    void check() {
        Optional<WatchLists> lists = reading == null ? Optional.empty() : latest();
        if (lists.isEmpty() || lists.get().equals(policy.lists())) {
            return;
        }
        List<WatchLists.Named> before = policy.lists().lists();
        policy = policy.with(lists.get());
        apply.accept(policy);
        for (WatchLists.Named list : lists.get().lists()) {
            if (!before.contains(list)) {
                notices.accept(new Notice(
                        Notice.Kind.WATCH_LIST_READ,
                        "watch list read: %s has %d entries"
                                .formatted(list.name(), list.list().entries())));
            }
        }
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
