// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import com.sun.jna.Native;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** A buffer for one datagram of a netlink socket and its control message (recvmsg(2)). Not thread-safe. */
public final class NetlinkDatagram implements AutoCloseable {
    /** The socket's own namespace: {@code NETNSA_NSID_NOT_ASSIGNED} of {@code linux/net_namespace.h}. */
    public static final int OWN_NAMESPACE = -1;

    private final NativeBuffer content;
    private final NativeBuffer memory = new NativeBuffer(DatagramHeader.LENGTH + DatagramHeader.EXTRA_LENGTH);
    private final DatagramHeader header;

    /**
     * Allocates the buffer.
     *
     * @param size of the longest datagram, in bytes
     */
    public NetlinkDatagram(int size) {
        content = new NativeBuffer(size);
        header = new DatagramHeader(memory, 0, DatagramHeader.LENGTH, content.address(), size);
    }

    /**
     * Receives one datagram from a socket.
     *
     * @param flags of recvmsg(2); {@code MSG_TRUNC} is added
     * @return the length that the kernel sent, which may exceed {@link #size}, or {@code -errno}
     */
    int receive(int fd, int flags) {
        header.reset();
        long length = LibC.recvmsg(fd, memory.pointer(), flags | LibC.MSG_TRUNC);
        return length < 0 ? -Native.getLastError() : (int) length;
    }

    /** Returns the bytes of the datagram that was received last. */
    public NativeBuffer content() {
        return content;
    }

    /** Returns how many bytes of a datagram fit. */
    public int size() {
        return content.size();
    }

    /** Returns the id of the network namespace that the last datagram came from, or {@link #OWN_NAMESPACE}. */
    public int namespaceId() {
        return header.namespaceId();
    }

    @Override
    public void close() {
        content.close();
        memory.close();
    }
}
