// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import net.conntracklogger.linux.LinuxException;

/** What the BPF programs show of a socket that exists, by its cookie. */
public interface SocketFacts {
    /** No programs, no facts. */
    SocketFacts NONE = new SocketFacts() {
        @Override
        public boolean hasReceived(long socket, int port, long moment) {
            return false;
        }

        @Override
        public boolean isOfKernel(long socket) {
            return false;
        }
    };

    /**
     * Reports whether the socket received a flow on the port at the moment or earlier. The moment is a
     * {@link System#nanoTime()}.
     */
    boolean hasReceived(long socket, int port, long moment);

    /** Reports whether the kernel itself created the UDP socket; false if unknown. */
    boolean isOfKernel(long socket) throws LinuxException;
}
