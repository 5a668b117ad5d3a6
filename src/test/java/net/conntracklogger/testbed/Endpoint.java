// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Ends of flows. */
public final class Endpoint {
    private Endpoint() {}

    /** An address in text, which is not looked up, and a port. */
    public static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(address, port);
    }

    /** As {@link net.conntracklogger.flow.FlowTuple} prints it. */
    public static String text(SocketAddress address) {
        InetSocketAddress end = (InetSocketAddress) address;
        // The longest run of zeros of the addresses that tests use.
        String host = end.getAddress().getHostAddress().replaceFirst("(^|:)0(:0)+:", "::");
        return (end.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + end.getPort();
    }

    /** Sends a datagram. */
    public static void send(DatagramChannel from, InetSocketAddress to) throws IOException {
        from.send(ByteBuffer.allocate(1), to);
    }
}
