// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.flow.Direction;

/**
 * Decides the direction of a flow by where its packets met sockets. A packet leaves by {@code lo} exactly if its destination
 * is local ({@code ip_route_output_key_hash_rcu()} and its IPv6 counterpart). Addresses decide only if no socket of the
 * flow's network namespace is known.
 */
final class DirectionRule {
    /** {@code LOOPBACK_IFINDEX} of include/net/flow.h: {@code lo} has this index in every network namespace. */
    static final int LOOPBACK = 1;

    /** The device is unknown. */
    static final int UNKNOWN_DEVICE = 0;

    private DirectionRule() {}

    /**
     * Returns the direction of a flow.
     *
     * @param initiator whether a socket of the namespace sent the packet
     * @param left index of the device that the packet left by, or {@link #UNKNOWN_DEVICE}
     * @param acceptor whether a socket of the namespace received the packet
     * @param entered index of the device that the packet entered by, or {@link #UNKNOWN_DEVICE}
     * @param byAddress direction by the addresses; null if they do not show it
     * @return null if nothing shows the direction
     */
    static Direction decide(boolean initiator, int left, boolean acceptor, int entered, Direction byAddress) {
        if (initiator && left != UNKNOWN_DEVICE) {
            return left == LOOPBACK ? Direction.LOCAL : Direction.OUTBOUND;
        }
        if (acceptor && entered != UNKNOWN_DEVICE) {
            return entered == LOOPBACK ? Direction.LOCAL : Direction.INBOUND;
        }
        if (initiator) {
            return byAddress == Direction.LOCAL ? Direction.LOCAL : Direction.OUTBOUND;
        }
        return byAddress;
    }
}
