// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.function.LongSupplier;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/**
 * The time until which open flows are known to have been tracked. For existing flows this is their last check, because
 * the kernel may report no end of them. For new flows it is the last time before an event was lost, because that event
 * may have been their end. Times are microseconds since the epoch. Not thread-safe.
 */
final class LastKnown {
    private final LongSupplier clock;
    /** Time at which losses were last counted. */
    private long counted;
    /** The value of {@link #counted} when the current check began. */
    private long began;

    private long existingUntil;
    private long newUntil;
    /** Whether events were lost after the current check began. */
    private boolean lost;
    /** Whether events were lost between the previous check and the current one. */
    private boolean lostBefore;

    /** @param clock microseconds since the epoch */
    LastKnown(LongSupplier clock) {
        this.clock = clock;
        this.counted = clock.getAsLong();
        this.existingUntil = counted;
        this.newUntil = counted;
    }

    /** Accounts for the events that were lost since the last call. */
    void onLosses(long count) {
        counted = clock.getAsLong();
        if (count > 0) {
            lost = true;
        } else if (!lost && !lostBefore) {
            newUntil = counted;
        }
    }

    /** Begins a check. Reports whether it must include new flows, because events were lost since the previous check. */
    boolean beginCheck() {
        began = counted;
        lostBefore = lost;
        lost = false;
        return lostBefore;
    }

    /** Ends a check: the flows that are still open were tracked when it began. */
    void endCheck() {
        existingUntil = began;
        if (lostBefore) {
            newUntil = began;
            lostBefore = false;
        }
    }

    /**
     * Returns the longest possible time since the flow ended, in microseconds. The flow must not be tracked any more.
     */
    long age(AttributedFlow flow) {
        FlowEvent event = flow.event();
        long known = event.kind() == FlowEvent.Kind.EXISTING ? existingUntil : newUntil;
        return Math.max(0, clock.getAsLong() - Math.max(known, event.timestamp()));
    }
}
