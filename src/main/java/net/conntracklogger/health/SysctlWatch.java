// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.netfilter.tracking.ConntrackSysctls;

/**
 * Checks every ten seconds the conntrack sysctls that the log needs. Another process may have switched one off. The
 * sysctl is set again, or the watch reports that it cannot be set, and later that it is on.
 */
public final class SysctlWatch implements Watch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The sysctls that the log needs. */
    @FunctionalInterface
    public interface Sysctls {
        /** Sets those that are off. Returns their names, each with the error, or with an empty text if it is on again. */
        Map<String, String> restore();
    }

    private final Sysctls sysctls;
    private final Interval interval;
    private final BlindTime blind;
    /** Those that cannot be set. */
    private Set<String> off;

    /**
     * Starts to watch. Those that are off now, and cannot be set, are known already.
     *
     * @param losses receives the times in which conntrack sends no events
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    public SysctlWatch(Sysctls sysctls, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        this.sysctls = sysctls;
        this.interval = new Interval(INTERVAL_NANOS, clock);
        this.blind = new BlindTime(Loss.Place.OFF, losses, micros);
        this.off = new TreeSet<>(sysctls.restore().keySet());
    }

    @Override
    public Optional<Notice> check() {
        if (!interval.isOver()) {
            return Optional.empty();
        }
        Map<String, String> found = sysctls.restore();
        if (found.containsKey(ConntrackSysctls.EVENTS)) {
            blind.blind();
        }
        if (found.getOrDefault(ConntrackSysctls.EVENTS, "").isEmpty()) {
            blind.seeing();
        }
        Set<String> before = off;
        off = found.entrySet().stream()
                .filter(sysctl -> !sysctl.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        if (!before.containsAll(found.keySet())) {
            return Optional.of(new Notice(Notice.Kind.CONNTRACK_SYSCTLS_OFF, text(found)));
        }
        before.removeAll(off);
        return before.isEmpty()
                ? Optional.empty()
                : Optional.of(new Notice(
                        Notice.Kind.CONNTRACK_SYSCTLS_ON,
                        "sysctls on again: " + names(before) + "; new flows are logged completely"));
    }

    private static String text(Map<String, String> found) {
        List<String> effects = new ArrayList<>();
        if (found.containsKey(ConntrackSysctls.EVENTS)) {
            effects.add("flows that began meanwhile are missing");
        }
        if (found.containsKey(ConntrackSysctls.ACCOUNTING)) {
            effects.add("ends of flows that began meanwhile lack bytes");
        }
        if (found.containsKey(ConntrackSysctls.TIMESTAMP)) {
            effects.add("the kernel does not know when flows began meanwhile");
        }
        String errors =
                found.values().stream().filter(error -> !error.isEmpty()).collect(Collectors.joining("; "));
        return "sysctls switched off: %s; %s; %s"
                .formatted(
                        names(found.keySet()),
                        String.join(", ", effects),
                        errors.isEmpty() ? "set to 1 again" : errors);
    }

    private static String names(Set<String> names) {
        return names.stream().map(name -> "net.netfilter." + name).collect(Collectors.joining(", "));
    }

    @Override
    public Optional<Notice> finish() {
        blind.finish();
        return Optional.empty();
    }

    @Override
    public String status() {
        return off.isEmpty() ? "" : names(off) + " off";
    }
}
