// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/**
 * Until when open flows are known to have been there: those that existed before, until they were last looked at; all others
 * until events were lost. Times are microseconds since the epoch. One thread uses it.
 */
final class LastKnown {
    /** When losses were last counted. */
    private long counted = now();
    /** When that was before this look. */
    private long began;

    private long existed = counted;
    private long others = counted;
    /** Whether events were lost after this look began, and before. */
    private boolean lost;

    private boolean lostBefore;

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    /** How many events were lost since the last call. */
    void lost(long count) {
        counted = now();
        if (count > 0) {
            lost = true;
        } else if (!lost && !lostBefore) {
            others = counted;
        }
    }

    /** A look begins. Answers whether it has to be at all flows, as the end of any may be lost. */
    boolean begin() {
        began = counted;
        lostBefore = lost;
        lost = false;
        return lostBefore;
    }

    /** Those that are open now were still there when the look began. */
    void finish() {
        existed = began;
        if (lostBefore) {
            others = began;
            lostBefore = false;
        }
    }

    /** How long ago a flow ended at most that is gone now, in microseconds. */
    long age(AttributedFlow flow) {
        FlowEvent event = flow.event();
        long known = event.kind() == FlowEvent.Kind.EXISTING ? existed : others;
        return Math.max(0, now() - Math.max(known, event.timestamp()));
    }
}
