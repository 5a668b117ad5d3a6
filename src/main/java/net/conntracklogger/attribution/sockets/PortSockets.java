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
 * All sockets of a port, of which an exact look tells but one: several can share it (SO_REUSEPORT, SO_REUSEADDR,
 * SO_BINDTODEVICE). Not safe for use by several threads.
 */
final class PortSockets {
    /** The states of UDP sockets with and without a peer: {@code TCP_ESTABLISHED}, {@code TCP_CLOSE}. */
    private static final int UDP_CONNECTED = 1;

    private static final int UDP_UNCONNECTED = 7;

    private final SocketDiag sockets;
    private final List<Protocol> surveyed = new ArrayList<>(List.of(Protocol.TCP, Protocol.UDP, Protocol.UDPLITE));

    /** @param sockets is left open */
    PortSockets(SocketDiag sockets) {
        this.sockets = sockets;
    }

    /**
     * The sockets without a peer that take in what comes to the tuple's source port and address: of TCP, those that listen.
     *
     * @param tuple with this host's end as its source
     * @return those that match best, and those that match if it comes by their device
     */
    List<DiagSocket> takers(FlowTuple tuple) throws LinuxException {
        List<DiagSocket> takers = new ArrayList<>();
        List<DiagSocket> ofDevices = new ArrayList<>();
        int[] best = {1};
        for (boolean v6 : families(tuple)) {
            sockets.dump(v6, tuple.protocol(), tuple.sourcePort(), withoutPeer(tuple.protocol()), at -> {
                int rank = rank(tuple, v6, at);
                if (rank > best[0] && !sockets.isOfDevice(at)) {
                    takers.clear();
                    best[0] = rank;
                }
                if (rank > 0 && sockets.isOfDevice(at)) {
                    ofDevices.add(sockets.socket(at));
                } else if (rank == best[0]) {
                    takers.add(sockets.socket(at));
                }
            });
        }
        takers.addAll(ofDevices);
        return takers;
    }

    /**
     * The UDP sockets that can have sent from the tuple's source port: also those of other addresses and peers, as both can
     * be chosen for each datagram (IP_PKTINFO, ip(7)).
     */
    List<DiagSocket> senders(FlowTuple tuple) throws LinuxException {
        List<DiagSocket> senders = new ArrayList<>();
        for (boolean v6 : families(tuple)) {
            sockets.dump(v6, tuple.protocol(), tuple.sourcePort(), serving(tuple.protocol()), at -> {
                DiagSocket socket = sockets.socket(at);
                if (socket.port() == tuple.sourcePort() && (v6 == tuple.v6() || !sockets.isV6Only(at))) {
                    senders.add(socket);
                }
            });
        }
        return senders;
    }

    /** IPv6 sockets can talk IPv4 too. */
    private static boolean[] families(FlowTuple tuple) {
        return tuple.v6() ? new boolean[] {true} : new boolean[] {false, true};
    }

    /** Visits TCP sockets that listen, and all of UDP and UDP-Lite. */
    void survey(Consumer<DiagSocket> visitor) throws LinuxException {
        Iterator<Protocol> protocols = surveyed.iterator();
        while (protocols.hasNext()) {
            Protocol protocol = protocols.next();
            boolean known = true;
            for (boolean v6 : new boolean[] {false, true}) {
                known &= sockets.dump(v6, protocol, 0, serving(protocol), at -> visitor.accept(sockets.socket(at)));
            }
            if (!known) {
                protocols.remove(); // Each time it is asked the kernel would look for its module.
            }
        }
    }

    private static int serving(Protocol protocol) {
        return withoutPeer(protocol) | (protocol.equals(Protocol.TCP) ? 0 : 1 << UDP_CONNECTED);
    }

    private static int withoutPeer(Protocol protocol) {
        return 1 << (protocol.equals(Protocol.TCP) ? SocketDiag.TCP_LISTEN : UDP_UNCONNECTED);
    }

    /** How well a socket fits, in the kernel's order ({@code compute_score()}): its address, then its family; 0 for not. */
    private int rank(FlowTuple tuple, boolean v6, int at) throws LinuxException {
        if (sockets.socket(at).port() != tuple.sourcePort()) {
            return 0;
        }
        int sameFamily = v6 == tuple.v6() ? 1 : 0;
        if (sockets.isAt(at, tuple.source())) {
            return 4 + sameFamily;
        }
        return !sockets.isAtAny(at) || sameFamily == 0 && sockets.isV6Only(at) ? 0 : 1 + sameFamily;
    }
}
