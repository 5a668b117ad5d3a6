// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LinuxException;

/**
 * Lists all sockets of a port. Several sockets can share a port (SO_REUSEPORT, SO_REUSEADDR, SO_BINDTODEVICE), and an
 * exact lookup returns only one. Not thread-safe.
 */
final class PortSockets {
    /** States of UDP sockets with and without a peer: {@code TCP_ESTABLISHED}, {@code TCP_CLOSE}. */
    private static final int UDP_CONNECTED = 1;

    private static final int UDP_UNCONNECTED = 7;

    private final SocketDiag sockets;
    private final List<Protocol> surveyed = new ArrayList<>(List.of(Protocol.TCP, Protocol.UDP, Protocol.UDPLITE));

    /** @param sockets stays open */
    PortSockets(SocketDiag sockets) {
        this.sockets = sockets;
    }

    /**
     * Returns the sockets without a peer that get packets to the tuple's source. For TCP, these are the listeners.
     *
     * @param tuple with the local side as source
     * @return the sockets that match best, and every socket that matches if the packet arrives by the socket's device
     */
    List<DiagSocket> acceptors(FlowTuple tuple) throws LinuxException {
        Matches matches = new Matches();
        for (boolean v6 : families(tuple)) {
            sockets.dump(v6, tuple.protocol(), tuple.sourcePort(), withoutPeer(tuple.protocol()), at -> {
                DiagSocket socket = sockets.socket(at);
                if (socket.port() == tuple.sourcePort()) {
                    boolean atAddress = sockets.isAt(at, tuple.source());
                    int rank = rank(v6 == tuple.v6(), atAddress, sockets.isAtAny(at), sockets.isV6Only(at));
                    matches.add(socket, rank, sockets.isOfDevice(at));
                }
            });
        }
        return matches.all();
    }

    /**
     * Returns the UDP sockets that can have sent from the tuple's source port. Includes sockets with another address or peer,
     * because a process can choose both for each datagram (IP_PKTINFO, ip(7)).
     *
     * @param tuple with the local side as source
     */
    List<DiagSocket> initiators(FlowTuple tuple) throws LinuxException {
        List<DiagSocket> initiators = new ArrayList<>();
        for (boolean v6 : families(tuple)) {
            sockets.dump(v6, tuple.protocol(), tuple.sourcePort(), serving(tuple.protocol()), at -> {
                DiagSocket socket = sockets.socket(at);
                if (socket.port() == tuple.sourcePort() && (v6 == tuple.v6() || !sockets.isV6Only(at))) {
                    initiators.add(socket);
                }
            });
        }
        return initiators;
    }

    /** Returns the families to list, IPv6 as true. An IPv6 socket can send and receive IPv4, too. */
    private static boolean[] families(FlowTuple tuple) {
        return tuple.v6() ? new boolean[] {true} : new boolean[] {false, true};
    }

    /** Passes every TCP listener and every UDP and UDP-Lite socket to the visitor. */
    void survey(Consumer<DiagSocket> visitor) throws LinuxException {
        Iterator<Protocol> protocols = surveyed.iterator();
        while (protocols.hasNext()) {
            Protocol protocol = protocols.next();
            boolean known = true;
            for (boolean v6 : new boolean[] {false, true}) {
                known &= sockets.dump(v6, protocol, 0, serving(protocol), at -> visitor.accept(sockets.socket(at)));
            }
            if (!known) {
                protocols.remove(); // The kernel would search for the protocol's module at each request.
            }
        }
    }

    private static int serving(Protocol protocol) {
        return withoutPeer(protocol) | (protocol.equals(Protocol.TCP) ? 0 : 1 << UDP_CONNECTED);
    }

    private static int withoutPeer(Protocol protocol) {
        return 1 << (protocol.equals(Protocol.TCP) ? SocketDiag.TCP_LISTEN : UDP_UNCONNECTED);
    }

    /**
     * Returns how well a socket of the right port matches. The order is the kernel's ({@code compute_score()}): first
     * the address, then the family.
     *
     * @param sameFamily whether the socket has the packet's family
     * @param atAddress whether the socket is bound to the packet's destination address
     * @param atAny whether the socket is bound to no address
     * @param v6Only whether an IPv6 socket refuses IPv4
     * @return 1 to 5, more is better; 0 if the socket does not match
     */
    static int rank(boolean sameFamily, boolean atAddress, boolean atAny, boolean v6Only) {
        int family = sameFamily ? 1 : 0;
        if (atAddress) {
            return 4 + family;
        }
        return !atAny || !sameFamily && v6Only ? 0 : 1 + family;
    }

    /**
     * The sockets of the best rank so far, and matching sockets of devices. Sockets of devices (SO_BINDTODEVICE) do not
     * compete.
     */
    static final class Matches {
        private final List<DiagSocket> best = new ArrayList<>();
        private final List<DiagSocket> ofDevices = new ArrayList<>();
        private int bestRank;

        void add(DiagSocket socket, int rank, boolean ofDevice) {
            if (rank > 0 && ofDevice) {
                ofDevices.add(socket);
            } else if (rank > 0 && rank >= bestRank) {
                if (rank > bestRank) {
                    best.clear();
                }
                bestRank = rank;
                best.add(socket);
            }
        }

        /** Returns the best matches, then the matches of devices. */
        List<DiagSocket> all() {
            List<DiagSocket> all = new ArrayList<>(best);
            all.addAll(ofDevices);
            return all;
        }
    }
}
