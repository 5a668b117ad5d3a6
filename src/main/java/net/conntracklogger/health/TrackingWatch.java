// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.linux.LinuxException;

/**
 * Reports whether conntrack reports new flows, whatever may prevent that. If no flow began for a while, the watch makes one
 * and expects its event.
 */
public final class TrackingWatch implements Watch {
    /**
     * Time without a new flow after which a probe is sent, in nanoseconds. This one holds after an unanswered
     * probe and, if tracking is external, after the start; {@code PATIENCE_NANOS} holds otherwise.
     */
    private static final long FIRST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** Maximum time until the event of a probe is read, in nanoseconds. It is enough even on a busy machine. */
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** Makes a flow that conntrack must report. */
    public interface Probe {
        /**
         * Makes the flow.
         *
         * @throws LinuxException if that fails, for example because there is no loopback interface
         */
        void send() throws LinuxException;
    }

    private static final String INACTIVE = "connection tracking inactive";

    private final String inactive;
    private final LongSupplier begun;
    private final Probe probe;
    private final BlindTime blind;
    private final LongSupplier clock;

    private final LongSupplier micros;
    /** When the last check began, microseconds since the epoch. Flows that began since then were not counted yet. */
    private long checked;

    private long lastBegun;
    private long quietSince;
    private long patience;
    private long probedAt;
    private boolean probing;
    private boolean reported;

    private TrackingWatch(
            String inactive,
            long patience,
            LongSupplier begun,
            Probe probe,
            Consumer<? super Loss> losses,
            LongSupplier clock,
            LongSupplier micros) {
        this.inactive = inactive;
        this.patience = patience;
        this.begun = begun;
        this.probe = probe;
        this.clock = clock;
        this.micros = micros;
        this.checked = micros.getAsLong();
        this.blind = new BlindTime(Loss.Place.OFF, losses, micros);
        this.quietSince = clock.getAsLong();
    }

    /**
     * Starts to watch tracking that depends on rules of the administrator ({@code Tracking=external}). Sends the first probe
     * after a second.
     *
     * @param begun how many flows of the service's own network namespace have begun since the start
     * @param losses receives the times in which tracking was inactive
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param micros microseconds since the epoch
     */
    public static TrackingWatch external(
            LongSupplier begun, Probe probe, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        String text = INACTIVE + ", as no rule uses it; no flows are logged;"
                + " use \"ct state\" in a firewall rule or set Tracking=auto";
        return new TrackingWatch(text, FIRST_PATIENCE_NANOS, begun, probe, losses, clock, micros);
    }

    /** Starts to watch tracking that the service enabled itself ({@code Tracking=auto}). See {@link #external}. */
    public static TrackingWatch auto(
            LongSupplier begun, Probe probe, Consumer<? super Loss> losses, LongSupplier clock, LongSupplier micros) {
        String text = INACTIVE + ": no event of a probe on loopback; flows may be missing;"
                + " look for notrack in \"nft list ruleset\"";
        return new TrackingWatch(text, PATIENCE_NANOS, begun, probe, losses, clock, micros);
    }

    @Override
    public Optional<Notice> check() {
        long now = clock.getAsLong();
        long before = checked;
        checked = micros.getAsLong();
        long begunNow = begun.getAsLong();
        if (begunNow != lastBegun) {
            lastBegun = begunNow;
            return active(now, before);
        }
        if (probing && now - probedAt > ANSWER_NANOS) {
            return unanswered(now);
        }
        if (!probing && now - quietSince > patience) {
            sendProbe(now);
        }
        return Optional.empty();
    }

    private Optional<Notice> active(long now, long before) {
        quietSince = now;
        patience = PATIENCE_NANOS;
        probing = false;
        boolean news = reported;
        reported = false;
        blind.seeing(before);
        return news
                ? Optional.of(new Notice(
                        Notice.Kind.TRACKING_ACTIVE, "connection tracking active again; new flows are logged"))
                : Optional.empty();
    }

    private Optional<Notice> unanswered(long now) {
        probing = false;
        quietSince = now;
        patience = FIRST_PATIENCE_NANOS;
        boolean news = !reported;
        reported = true;
        blind.blind();
        return news ? Optional.of(new Notice(Notice.Kind.TRACKING_INACTIVE, inactive)) : Optional.empty();
    }

    @Override
    public Optional<Notice> finish() {
        blind.finish();
        return Optional.empty();
    }

    private void sendProbe(long now) {
        try {
            probe.send();
            probing = true;
            probedAt = now;
        } catch (LinuxException e) {
            // Reports nothing, because without a probe the state of tracking is unknown.
            quietSince = now;
        }
    }
}
