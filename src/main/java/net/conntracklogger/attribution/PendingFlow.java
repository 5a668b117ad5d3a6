// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** A flow whose attribution has begun. Not thread-safe. */
public final class PendingFlow {
    final FlowEvent event;
    final Direction direction;
    /** The flow began after this time of CLOCK_MONOTONIC, in nanoseconds. */
    final long notBefore;
    /** The flow began hardly before this time: earlier by no more than a thread takes to wake up. */
    final long around;
    /** Time at which the event was read. */
    final long received;

    final Side initiator;
    final Side acceptor;

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
        FlowTuple translated = event.translated();
        boolean fromHost = addresses.contains(original.source());
        // TCP is recorded at connect(), before NAT; all else when the packet leaves, after NAT.
        boolean beforeNat = original.protocol().equals(Protocol.TCP) || event.namespace() == null && !fromHost;
        initiator = new Side(Side.Role.INITIATOR, beforeNat ? original : translated, fromHost);
        acceptor = new Side(Side.Role.ACCEPTOR, translated, addresses.contains(translated.destination()));
    }

    /** Returns the time since the event was read, in nanoseconds. */
    long age() {
        return System.nanoTime() - received;
    }
}
