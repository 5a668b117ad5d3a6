// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;

/** Socket addresses, and datagrams between them. */
public final class Endpoint {
    private Endpoint() {}

    /** Returns the socket address of an IP address in text form and a port. */
    public static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(address, port);
    }

    /** Returns the port that a socket is bound to. */
    public static int port(NetworkChannel socket) throws IOException {
        return ((InetSocketAddress) socket.getLocalAddress()).getPort();
    }

    /** Returns the text of an address as {@link net.conntracklogger.flow.FlowTuple} prints it. */
    public static String text(SocketAddress address) {
        InetSocketAddress end = (InetSocketAddress) address;
        // RFC 5952, as far as the addresses that the tests use need it.
        String host = end.getAddress().getHostAddress().replaceFirst("(^|:)0(:0)+:", "::");
        return (end.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + end.getPort();
    }

    /** Sends a datagram of one byte. */
    public static void send(DatagramChannel from, InetSocketAddress to) throws IOException {
        from.send(ByteBuffer.allocate(1), to);
    }
}
