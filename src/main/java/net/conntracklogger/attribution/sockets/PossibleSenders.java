// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.List;
import java.util.Set;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LinuxException;

/** The sockets that can send a tuple's packets. They are those of its port, and raw sockets. Not thread-safe. */
public final class PossibleSenders {
    /**
     * Protocols that processes send with raw sockets only (linux/in.h). They are IGMP, IPIP, IPv6 in IP, GRE, ESP, AH,
     * PIM and VRRP.
     */
    private static final Set<Integer> RAW_ONLY = Set.of(2, 4, 41, 47, 50, 51, 103, 112);

    private final Set<OwnerSource> layers;
    private final PortSockets ports;
    private final PingSockets pings;

    PossibleSenders(Set<OwnerSource> layers, PortSockets ports, PingSockets pings) {
        this.layers = layers;
        this.ports = ports;
        this.pings = pings;
    }

    /**
     * Reports whether no such socket of a process exists now. Then the kernel itself sent the packet, or the socket is closed. Always false
     * for TCP, for ICMP, and for protocols with further kinds of sockets (SCTP, DCCP, L2TP).
     */
    public boolean areNone(FlowTuple tuple, SocketFacts facts) throws LinuxException {
        Protocol protocol = tuple.protocol();
        boolean udp = protocol.isUdp();
        boolean covered = layers.contains(OwnerSource.SOCK_DIAG) && layers.contains(OwnerSource.PROC);
        return covered
                && (udp || RAW_ONLY.contains(protocol.number()))
                && pings.hasNoRaw(tuple.v6())
                && (!udp || areOfKernel(ports.initiators(tuple), facts));
    }

    private static boolean areOfKernel(List<DiagSocket> sockets, SocketFacts facts) throws LinuxException {
        for (DiagSocket socket : sockets) {
            if (socket.connected() || !facts.isOfKernel(socket.number())) {
                return false;
            }
        }
        return true;
    }
}
