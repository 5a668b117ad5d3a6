// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** Carries datagrams between this process and the kernel: a {@link NetlinkSocket}, or a script in tests. Not thread-safe. */
public interface NetlinkTransport extends AutoCloseable {
    /** Returns the name of the transport in errors, such as {@code "sock_diag"}. */
    String name();

    /** Returns the descriptor to poll. */
    int fd();

    /** Reports whether notifications of multicast groups arrive in addition to answers. */
    boolean hasGroups();

    /**
     * Sends a datagram.
     *
     * @param length of the datagram in bytes, from the beginning of the buffer
     */
    void send(NativeBuffer message, int length) throws LinuxException;

    /**
     * Receives one datagram.
     *
     * @param flags {@link net.conntracklogger.linux.LibC#MSG_DONTWAIT} or 0
     * @return the length that the kernel sent, which may exceed {@link NetlinkDatagram#size}, or {@code -errno}
     */
    int receive(NetlinkDatagram datagram, int flags);

    /**
     * Receives the datagrams that wait, as many as fit.
     *
     * @param flags {@link net.conntracklogger.linux.LibC#MSG_DONTWAIT} or 0
     * @return their number, at least 1, or {@code -errno}
     */
    int receive(NetlinkBatch batch, int flags);

    /** Returns how many datagrams the kernel dropped because the receive buffer was full. Wraps at 2^32. */
    long dropped() throws LinuxException;

    @Override
    void close();
}
