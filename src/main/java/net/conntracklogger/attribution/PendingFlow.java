// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.rtnetlink.LocalAddresses;

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
    /** The first packet as the socket has it that sends it, and as that has it which takes it. */
    final FlowTuple sent;

    final FlowTuple taken;
    /** Whether the addresses that it is sent from and goes to are this host's. */
    final boolean fromHere;

    final boolean toHere;
    /** What the kernel noted, null as long as nothing was found. */
    Owner initiator;

    Owner acceptor;
    /** Whose the accepting end is if nobody takes it over from the service manager that listens; null: from none. */
    Owner manager;
    /** That another look at what the kernel noted will not help. */
    boolean initiatorUnsettled;

    boolean acceptorUnsettled;
    /** The cookie of the socket that took the flow in, where that was noted but not who holds it. */
    long acceptorSocket = RecordLookup.Unsettled.UNKNOWN;
    /** That several processes used the tuple, and which of them began or took this flow is not known. */
    boolean initiatorAmbiguous;

    boolean acceptorAmbiguous;
    /** That what was noted of the initiator is so old that something newer may be about to come. */
    boolean initiatorOld;

    PendingFlow(
            FlowEvent event,
            Direction direction,
            LocalAddresses addresses,
            long notBefore,
            long around,
            long received) {
        this.event = event;
        this.direction = direction;
        this.notBefore = notBefore;
        this.around = around;
        this.received = received;
        FlowTuple original = event.original();
        this.taken = event.translated();
        this.fromHere = addresses.contains(original.source());
        this.toHere = addresses.contains(taken.destination());
        // TCP is noted at connect(), before NAT; all else as the packet leaves, after NAT.
        this.sent = original.protocol().equals(Protocol.TCP) || !fromHere ? original : taken;
    }
}
