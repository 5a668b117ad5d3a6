// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.conntracklogger.attribution.records.Shortage;
import net.conntracklogger.flow.Notice;

/**
 * Tells when the kernel's maps are too small for what happens: what is refused or forgotten leaves flows without their
 * process. It tells at once, then once a minute at most, of all that was not told.
 */
public final class ShortageWatch {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(60);

    private final Supplier<Shortage> counts;
    private Shortage told = new Shortage(0, 0);
    private long lastTold = System.nanoTime() - INTERVAL;

    public ShortageWatch(Supplier<Shortage> counts) {
        this.counts = counts;
    }

    /** Looks, about once a second; answers what the administrator must know. */
    public Optional<Notice> look() {
        return System.nanoTime() - lastTold < INTERVAL ? Optional.empty() : rest();
    }

    /** What was not told yet. */
    public Optional<Notice> rest() {
        Shortage now = counts.get();
        long flows = now.flows() - told.flows();
        long processes = now.processes() - told.processes();
        if (flows + processes == 0) {
            return Optional.empty();
        }
        told = now;
        lastTold = System.nanoTime();
        return Optional.of(new Notice(Notice.Kind.KERNEL_RECORDS_SHORT, text(flows, processes)));
    }

    private static String text(long flows, long processes) {
        StringBuilder text = new StringBuilder("the kernel had no room for what it notes of owners:");
        if (flows > 0) {
            text.append(" at least ").append(flows).append(" of flows (raise KernelFlows=)");
        }
        if (processes > 0) {
            text.append(flows > 0 ? "," : "").append(" at least ").append(processes);
            text.append(" of processes (raise KernelProcesses=)");
        }
        return text.toString();
    }

    /** For the service's status, since the start; empty where nothing is missing. */
    public String status() {
        Shortage now = counts.get();
        return now.flows() + now.processes() == 0
                ? ""
                : "; the kernel's records: %d of flows and %d of processes missing"
                        .formatted(now.flows(), now.processes());
    }
}
