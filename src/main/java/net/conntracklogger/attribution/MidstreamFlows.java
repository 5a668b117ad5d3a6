// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.attribution.sockets.TcpCounters.Opening;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.rtnetlink.LocalAddresses;

/**
 * Finds the initiator of TCP connections that conntrack picked up midstream. Conntrack reports the sender of the first
 * tracked packet as the initiator. The counters of a socket on this host show which side connected. Not thread-safe.
 */
final class MidstreamFlows {
    /**
     * A flow with its initiator as the source.
     *
     * @param direction null if the sockets do not show it; the tuples are then those of conntrack
     */
    record Course(FlowEvent event, Direction direction) {}

    private final LocalAddresses addresses;
    private final SocketOwners sockets;

    MidstreamFlows(LocalAddresses addresses, SocketOwners sockets) {
        this.addresses = addresses;
        this.sockets = sockets;
    }

    Course course(FlowEvent event) throws LinuxException {
        addresses.update();
        FlowTuple sender = event.original();
        FlowTuple receiver = event.reply();
        boolean senderIsHere = addresses.contains(sender.source());
        boolean receiverIsHere = addresses.contains(receiver.source());
        if (!senderIsHere && !receiverIsHere) {
            return new Course(event, Direction.FORWARDED);
        }
        Opening atSender = senderIsHere ? sockets.opening(sender) : Opening.UNKNOWN;
        Opening atReceiver = receiverIsHere ? sockets.opening(receiver) : Opening.UNKNOWN;
        boolean senderBegan = atSender == Opening.CONNECTED || atReceiver == Opening.ACCEPTED;
        boolean receiverBegan = atSender == Opening.ACCEPTED || atReceiver == Opening.CONNECTED;
        // Both are true if two hosts connected to each other at the same time.
        if (senderBegan == receiverBegan) {
            return new Course(event, null);
        }
        return senderBegan
                ? new Course(event, Direction.of(senderIsHere, receiverIsHere))
                : new Course(event.reversed(), Direction.of(receiverIsHere, senderIsHere));
    }
}
