// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import net.conntracklogger.flow.IpAddress;

/**
 * A condition for one end of a flow, before or after NAT. The end is its source or its destination. Address and port
 * must be those of the same end.
 *
 * @param network an address of the network; null: any address
 * @param bits length of the network's prefix, 32 or 128 for one address; ignored without a network
 * @param port the port; {@link #ANY_PORT}: any, also none
 */
public record Endpoint(IpAddress network, int bits, int port) {
    /** Stands for any port. */
    public static final int ANY_PORT = -1;

    /** Returns the condition for one address. */
    public static Endpoint of(IpAddress address, int port) {
        return new Endpoint(address, address.length() * Byte.SIZE, port);
    }

    /** Returns the condition for a port of any address. */
    public static Endpoint ofPort(int port) {
        return new Endpoint(null, 0, port);
    }

    /** Reports whether the condition names exactly one address. */
    public boolean isOneAddress() {
        return network != null && bits == network.length() * Byte.SIZE;
    }
}
