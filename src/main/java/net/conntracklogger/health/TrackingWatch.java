// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.TrackingProbe;

/**
 * Finds out whether conntrack sees anything, where tracking is left to the administrator's rules: when no flow came for a
 * while it makes one.
 */
public final class TrackingWatch {
    private static final long FIRST_PATIENCE = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);
    private static final long ANSWER_TIME = TimeUnit.SECONDS.toNanos(2);

    private long lastReceived;
    private long quietSince = System.nanoTime();
    private long patience = FIRST_PATIENCE;
    private long probedAt;
    private boolean probing;
    private boolean blind;

    /** Looks, about once a second; answers what the administrator must know. */
    public Optional<Notice> look(long received) {
        long now = System.nanoTime();
        if (received != lastReceived) {
            return seen(received, now);
        }
        if (probing && now - probedAt > ANSWER_TIME) {
            probing = false;
            quietSince = now;
            boolean news = !blind;
            blind = true;
            return news ? Optional.of(inactive()) : Optional.empty();
        }
        if (!probing && now - quietSince > patience) {
            probe(now);
        }
        return Optional.empty();
    }

    private Optional<Notice> seen(long received, long now) {
        lastReceived = received;
        quietSince = now;
        patience = PATIENCE;
        probing = false;
        boolean news = blind;
        blind = false;
        return news
                ? Optional.of(new Notice(Notice.Kind.TRACKING_ACTIVE, "connection tracking sees flows again"))
                : Optional.empty();
    }

    private void probe(long now) {
        try {
            TrackingProbe.send();
            probing = true;
            probedAt = now;
        } catch (LinuxException e) {
            // No loopback here: then there is nothing to try with, and nothing to say.
            quietSince = now;
        }
    }

    private static Notice inactive() {
        return new Notice(
                Notice.Kind.TRACKING_INACTIVE,
                "connection tracking sees nothing: no rule uses it, so no flow is logged; use conntrack in a firewall rule"
                        + " (such as \"ct state\"), or set Tracking=auto");
    }
}
