// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.flow.Notice;

/**
 * Reads the answers that systemd-resolved reports. Connects again after a while if systemd-resolved does not run or stops. Never
 * looks up a name itself.
 */
public final class NameReader implements Stage {
    private static final int IDLE_MILLIS = 500;
    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Longer than systemd-resolved takes to restart: a restart causes no notice. */
    private static final long OUTAGE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final long MALFORMED_INTERVAL_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Path relay;
    private final Path socket;
    private final AddressNames names;
    private final Consumer<Notice> notices;
    private final AtomicLong malformed = new AtomicLong();
    private ResolvedMonitor monitor;
    private volatile boolean subscribed;
    private long retryNanos = FIRST_RETRY_NANOS;
    private long nextTry = System.nanoTime();
    private long outageSince = nextTry;
    private Notice.Kind lastState;
    private long nextMalformedNotice = nextTry;

    /**
     * Connects to the relay if it exists, otherwise to systemd-resolved itself.
     *
     * @param relay the socket of conntrack-logger-resolve.socket, through which a user other than root reaches the next socket
     * @param socket systemd-resolved's socket
     * @param notices gets a notice if names become available, not available or incomplete
     */
    public NameReader(Path relay, Path socket, AddressNames names, Consumer<Notice> notices) {
        this.relay = relay;
        this.socket = socket;
        this.names = names;
        this.notices = notices;
    }

    /** Reports whether systemd-resolved reports its answers now. Thread-safe. */
    public boolean subscribed() {
        return subscribed;
    }

    /** Returns the number of messages that were not understood. Thread-safe. */
    public long malformed() {
        return malformed.get();
    }

    /** Waits for an answer and adds its names. Returns within half a second. */
    @Override
    public void work() throws IOException, InterruptedException {
        if (monitor == null && nextTry - System.nanoTime() > 0) {
            Thread.sleep(Math.min(IDLE_MILLIS, TimeUnit.NANOSECONDS.toMillis(nextTry - System.nanoTime()) + 1));
            return;
        }
        try {
            if (monitor == null) {
                monitor = connect();
            }
            String message = monitor.await(IDLE_MILLIS);
            if (message != null) {
                add(QueryReport.parse(message));
            }
        } catch (MalformedReportException e) {
            reportMalformed(e);
        } catch (IOException e) {
            retryLater(e.getMessage());
        }
    }

    private ResolvedMonitor connect() throws IOException {
        if (!Files.exists(socket)) {
            throw new IOException(socket + " does not exist");
        }
        return ResolvedMonitor.connect(Files.exists(relay) ? relay : socket);
    }

    private void add(QueryReport report) throws IOException {
        if (report instanceof QueryReport.Addresses answer) {
            names.add(answer, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        } else if (report instanceof QueryReport.Ready) {
            subscribed = true;
            retryNanos = FIRST_RETRY_NANOS;
            announce(
                    Notice.Kind.NAMES_KNOWN,
                    "destination names available: systemd-resolved reports its answers; flows to their addresses carry"
                            + " FLOW_DNAME");
        } else if (report instanceof QueryReport.Refused refused) {
            throw new IOException("systemd-resolved refuses the subscription: " + refused.error());
        }
    }

    private void retryLater(String reason) throws IOException {
        long now = System.nanoTime();
        if (subscribed) {
            outageSince = now;
        }
        disconnect();
        nextTry = now + retryNanos;
        retryNanos = Math.min(2 * retryNanos, LONGEST_RETRY_NANOS);
        if (now - outageSince > OUTAGE_NANOS) {
            announce(
                    Notice.Kind.NAMES_UNKNOWN,
                    "destination names not available: %s; flows lack FLOW_DNAME until systemd-resolved reports its answers"
                            .formatted(reason));
        }
    }

    private void reportMalformed(MalformedReportException reason) {
        long count = malformed.incrementAndGet();
        long now = System.nanoTime();
        if (now - nextMalformedNotice >= 0) {
            nextMalformedNotice = now + MALFORMED_INTERVAL_NANOS;
            notices.accept(new Notice(
                    Notice.Kind.NAMES_INCOMPLETE,
                    "destination names incomplete: %d systemd-resolved %s not understood so far; last: %s"
                            .formatted(count, count == 1 ? "message" : "messages", reason.getMessage())));
        }
    }

    /** Sends a notice if the state has changed. */
    private void announce(Notice.Kind kind, String text) {
        if (kind != lastState) {
            lastState = kind;
            notices.accept(new Notice(kind, text));
        }
    }

    private void disconnect() throws IOException {
        subscribed = false;
        if (monitor != null) {
            monitor.close();
            monitor = null;
        }
    }

    @Override
    public void finish() throws IOException {
        disconnect();
    }
}
