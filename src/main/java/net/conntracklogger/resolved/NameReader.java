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
 * The loop that takes in what systemd-resolved answers. Where that does not run, or goes, it looks again now and then; it
 * never asks for a name itself.
 */
public final class NameReader implements Stage {
    private static final int IDLE_MILLIS = 500;
    private static final long FIRST_RETRY = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_RETRY = TimeUnit.SECONDS.toNanos(30);
    /** Longer than systemd-resolved takes to restart, which nobody needs to hear of. */
    private static final long OUTAGE = TimeUnit.SECONDS.toNanos(3);

    private static final long COMPLAINT_INTERVAL = TimeUnit.HOURS.toNanos(1);

    private final Path relay;
    private final Path socket;
    private final AddressNames names;
    private final Consumer<Notice> administrator;
    private final AtomicLong malformed = new AtomicLong();
    private ResolvedMonitor monitor;
    private volatile boolean subscribed;
    private long retry = FIRST_RETRY;
    private long nextTry = System.nanoTime();
    private long outageSince = nextTry;
    private Notice.Kind lastSaid;
    private long nextComplaint = nextTry;

    /**
     * @param relay the socket of conntrack-logger-resolve.socket, which leads to the next for who is not root
     * @param socket systemd-resolved's own
     * @param administrator is told whether names are to be had, and of what is not understood
     */
    public NameReader(Path relay, Path socket, AddressNames names, Consumer<Notice> administrator) {
        this.relay = relay;
        this.socket = socket;
        this.names = names;
        this.administrator = administrator;
    }

    /** Whether all answers of now are told of. Any thread may ask. */
    public boolean subscribed() {
        return subscribed;
    }

    /** How many messages were not understood. */
    public long malformed() {
        return malformed.get();
    }

    /** Waits for an answer and takes it in; returns within half a second. */
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
                takeIn(QueryReport.parse(message));
            }
        } catch (MalformedReportException e) {
            complain(e);
        } catch (IOException e) {
            retryLater(e.getMessage());
        }
    }

    private ResolvedMonitor connect() throws IOException {
        if (!Files.exists(socket)) {
            throw new IOException("there is no " + socket);
        }
        return ResolvedMonitor.connect(Files.exists(relay) ? relay : socket);
    }

    private void takeIn(QueryReport report) throws IOException {
        if (report instanceof QueryReport.Addresses answer) {
            names.add(answer, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        } else if (report instanceof QueryReport.Ready) {
            subscribed = true;
            retry = FIRST_RETRY;
            say(
                    Notice.Kind.NAMES_KNOWN,
                    "names of destinations are those that systemd-resolved looks up for this host");
        } else if (report instanceof QueryReport.Refused refused) {
            throw new IOException("systemd-resolved refuses: " + refused.error());
        }
    }

    private void retryLater(String reason) throws IOException {
        long now = System.nanoTime();
        if (subscribed) {
            outageSince = now;
        }
        disconnect();
        nextTry = now + retry;
        retry = Math.min(2 * retry, LONGEST_RETRY);
        if (now - outageSince > OUTAGE) {
            say(
                    Notice.Kind.NAMES_UNKNOWN,
                    "names of destinations are not known, as systemd-resolved tells none: " + reason);
        }
    }

    private void complain(MalformedReportException reason) {
        long count = malformed.incrementAndGet();
        long now = System.nanoTime();
        if (now - nextComplaint >= 0) {
            nextComplaint = now + COMPLAINT_INTERVAL;
            administrator.accept(new Notice(
                    Notice.Kind.NAMES_INCOMPLETE,
                    "names of destinations are missing: %d of systemd-resolved's messages so far were not understood: %s"
                            .formatted(count, reason.getMessage())));
        }
    }

    /** Says what is new. */
    private void say(Notice.Kind kind, String text) {
        if (kind != lastSaid) {
            lastSaid = kind;
            administrator.accept(new Notice(kind, text));
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
