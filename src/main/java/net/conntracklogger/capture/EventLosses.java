// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.handover.DropCount;

/** Counts the events that the kernel dropped, or that could not be decoded. Not thread-safe. */
final class EventLosses {
    /** The kernel counts drops in 32 bits ({@code sk_drops}). */
    private static final long DROPS_MASK = 0xffff_ffffL;

    private final LossLedger losses;
    private final DropCount drops;
    private long malformedBefore;

    /** @param drops keeps the counter of the kernel as it was when the losses were last counted */
    EventLosses(LossLedger losses, DropCount drops) {
        this.losses = losses;
        this.drops = drops;
    }

    /**
     * Counts the events that were lost since the last call.
     *
     * @param dropped counter of the kernel, which wraps at 2^32
     * @param malformed messages since the start that could not be decoded
     * @return how many were lost
     */
    long count(long dropped, long malformed) {
        long newlyDropped = dropped - drops.get() & DROPS_MASK;
        losses.add(Loss.Place.KERNEL, newlyDropped);
        drops.set(dropped);
        long newlyMalformed = malformed - malformedBefore;
        malformedBefore = malformed;
        losses.add(Loss.Place.DECODE, newlyMalformed);
        return newlyDropped + newlyMalformed;
    }
}
