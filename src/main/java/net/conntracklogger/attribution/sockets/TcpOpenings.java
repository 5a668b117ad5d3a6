// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.LinuxException;

/** Finds how established TCP connections were opened, by the counters of their sockets. Not thread-safe. */
final class TcpOpenings {
    /** Maximum number of reads of a busy connection's counters until two reads are equal. */
    private static final int MAX_READS = 8;

    private final SocketDiag sockets;
    private final PortSockets ports;

    TcpOpenings(SocketDiag sockets, PortSockets ports) {
        this.sockets = sockets;
        this.ports = ports;
    }

    /**
     * Returns how the connection was opened. Returns unknown if the connection is gone, or if its counters do not come to
     * rest.
     */
    TcpCounters.Opening of(FlowTuple tuple) throws LinuxException {
        TcpCounters counters = sockets.counters(tuple);
        for (int i = 0; counters != null && i < MAX_READS; i++) {
            TcpCounters again = counters.isQuiet() ? counters : sockets.counters(tuple);
            if (counters.equals(again)) {
                return counters.opening(!ports.acceptors(tuple).isEmpty());
            }
            counters = again;
        }
        return TcpCounters.Opening.UNKNOWN;
    }
}
