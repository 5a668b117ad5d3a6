// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.systemd.ServiceManager;

/**
 * Keeps systemd informed while the service runs. Sends the status if it has changed, and feeds the watchdog while all
 * threads make progress. A message that cannot be sent is printed, and the service goes on. Called by thread main only.
 */
public final class Heartbeat {
    private static final long INTERVAL_MILLIS = 1000;
    private static final long STATUS_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ServiceManager systemd;
    private final Supplier<String> status;
    private final Supplier<long[]> rounds;
    private final PrintStream errors;
    private final LongSupplier clock;
    /**
     * A third of the watchdog's time, in milliseconds; 0 if there is no watchdog. After that time systemd kills a
     * silent service.
     */
    private final long watchdogMillis;

    private String lastStatus = "";
    private long statusAsked;
    private long[] lastRounds;
    private long aliveSent;

    /**
     * Starts the intervals now.
     *
     * @param status the status line
     * @param rounds a number for each thread that must make progress, which grows if it does
     * @param errors where messages that cannot be sent are printed
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public Heartbeat(
            ServiceManager systemd,
            Supplier<String> status,
            Supplier<long[]> rounds,
            PrintStream errors,
            LongSupplier clock) {
        this.systemd = systemd;
        this.status = status;
        this.rounds = rounds;
        this.errors = errors;
        this.clock = clock;
        this.watchdogMillis = systemd.watchdogMillis() / 3;
        this.statusAsked = clock.getAsLong();
        this.aliveSent = statusAsked;
        this.lastRounds = rounds.get();
    }

    /**
     * Returns the milliseconds until {@link #beat} must be called again. They are 1,000, or less if the watchdog needs
     * it.
     */
    public long intervalMillis() {
        return watchdogMillis > 0 ? Math.min(watchdogMillis, INTERVAL_MILLIS) : INTERVAL_MILLIS;
    }

    /** Sends what is due. */
    public void beat() {
        long now = clock.getAsLong();
        if (now - statusAsked > STATUS_INTERVAL_NANOS) {
            sendStatus(now);
        }
        if (watchdogMillis > 0 && now - aliveSent >= TimeUnit.MILLISECONDS.toNanos(watchdogMillis)) {
            sendAlive(now);
        }
    }

    private void sendStatus(long now) {
        String newStatus = status.get();
        statusAsked = now;
        if (!newStatus.equals(lastStatus)) {
            lastStatus = newStatus;
            send(() -> systemd.status(newStatus));
        }
    }

    private void sendAlive(long now) {
        long[] newRounds = rounds.get();
        for (int i = 0; i < newRounds.length; i++) {
            if (newRounds[i] == lastRounds[i]) {
                return;
            }
        }
        lastRounds = newRounds;
        aliveSent = now;
        send(systemd::alive);
    }

    /** Reloads the configuration. Notifies systemd before, and after it with the status. */
    public void reload(Runnable reload) {
        send(systemd::reloading);
        reload.run();
        lastStatus = status.get();
        statusAsked = clock.getAsLong();
        send(() -> systemd.ready(lastStatus));
    }

    /** Notifies systemd that the service stops. */
    public void stopping() {
        send(systemd::stopping);
    }

    private interface Message {
        void send() throws IOException;
    }

    private void send(Message message) {
        try {
            message.send();
        } catch (IOException e) {
            errors.println(e.getMessage());
        }
    }
}
