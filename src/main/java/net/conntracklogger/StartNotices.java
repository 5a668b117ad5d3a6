// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;

/**
 * The notices of a start. They wait, so that the one which says from when on the log is complete is the first. What comes later
 * does not wait. Called by thread main only.
 */
final class StartNotices {
    private final List<Observation> waiting = new ArrayList<>();
    private Consumer<? super Observation> next = waiting::add;

    /** Adds a notice or a loss. */
    void add(Observation notice) {
        next.accept(notice);
    }

    /** Adds the notice that an nft table of this name enables tracking. */
    void addTrackingEnabled(String table) {
        add(new Notice(
                Notice.Kind.TRACKING_ENABLED,
                "connection tracking enabled by nft table inet %s; it touches no packet and is removed when the service stops"
                        .formatted(table)));
    }

    /**
     * Reports that no flow can begin unseen from now on, then the other notices.
     *
     * @param continued whether none began unseen since the process before
     */
    void reportComplete(Consumer<? super Observation> to, boolean continued) {
        to.accept(continued ? continued() : complete());
        report(to);
    }

    private static Notice continued() {
        return new Notice(
                Notice.Kind.LOG_CONTINUED,
                "log continued after a restart of the service; the flows of the meantime follow, none is missing");
    }

    private static Notice complete() {
        return new Notice(
                Notice.Kind.LOG_COMPLETE,
                "log complete from %s on; flows that ended earlier are not logged"
                        .formatted(Instant.now().truncatedTo(ChronoUnit.MICROS)));
    }

    /** Reports the notices that wait, now or because the start has failed. */
    void report(Consumer<? super Observation> to) {
        next = to;
        waiting.forEach(to);
        waiting.clear();
    }
}
