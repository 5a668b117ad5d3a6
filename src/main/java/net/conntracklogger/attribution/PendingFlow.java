// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;

/** An event of a flow whose owner is being found. One thread uses it. */
public final class PendingFlow {
    final FlowEvent event;
    /** The flow began after this time of CLOCK_MONOTONIC, in nanoseconds. */
    final long notBefore;
    /** It began hardly before this time. */
    final long around;
    /** When the event was read. */
    final long received;

    final Direction direction;
    /** What the kernel noted, null as long as nothing was found. */
    Owner initiator;

    Owner acceptor;
    /** That another look at what the kernel noted will not help. */
    boolean initiatorUnsettled;

    boolean acceptorUnsettled;
    /** That several processes used the tuple, and which of them began or took this flow is not known. */
    boolean initiatorAmbiguous;

    boolean acceptorAmbiguous;
    /** That what was noted of the initiator is so old that something newer may be about to come. */
    boolean initiatorOld;

    /** As it was read. */
    public FlowEvent event() {
        return event;
    }

    PendingFlow(FlowEvent event, Direction direction, long notBefore, long around, long received) {
        this.event = event;
        this.direction = direction;
        this.notBefore = notBefore;
        this.around = around;
        this.received = received;
    }
}
