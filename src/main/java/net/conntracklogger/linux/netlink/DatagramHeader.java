// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** A {@code struct msghdr} for one datagram and the control message with its network namespace. */
final class DatagramHeader {
    /**
     * Length of {@code struct msghdr}. Its members are {@code void *name; u32 namelen; iovec *iov; size_t iovlen; void
     * *control; size_t controllen; int flags}.
     */
    static final int LENGTH = 56;

    private static final int IOV = 16;
    private static final int IOVLEN = 24;
    private static final int CONTROL = 32;
    private static final int CONTROLLEN = 40;

    /** struct iovec {void *base; size_t len} */
    private static final int IOVEC_LENGTH = 16;
    /** struct cmsghdr {size_t len; int level; int type}, then an int. */
    private static final int CMSG_LEVEL = 8;

    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    private static final int CMSG_ROOM = 24;

    /** Bytes of what the header points to. */
    static final int EXTRA_LENGTH = IOVEC_LENGTH + CMSG_ROOM;

    private final ByteBuffer bytes;
    private final int header;
    private final int control;

    /**
     * Writes the header.
     *
     * @param memory is zero
     * @param header offset of the header, {@link #LENGTH} bytes
     * @param extra offset of {@link #EXTRA_LENGTH} bytes for what it points to
     * @param content address of the buffer for the datagram
     * @param size of that buffer
     */
    DatagramHeader(NativeBuffer memory, int header, int extra, long content, int size) {
        this.bytes = memory.bytes();
        this.header = header;
        this.control = extra + IOVEC_LENGTH;
        bytes.putLong(extra, content).putLong(extra + 8, size);
        bytes.putLong(header + IOV, memory.address() + extra).putLong(header + IOVLEN, 1);
        bytes.putLong(header + CONTROL, memory.address() + control);
    }

    /** Prepares the header for another call. */
    void reset() {
        bytes.putLong(header + CONTROLLEN, CMSG_ROOM);
    }

    /** Returns the id of the network namespace that the datagram came from, or {@link NetlinkDatagram#OWN_NAMESPACE}. */
    int namespaceId() {
        return bytes.getLong(header + CONTROLLEN) >= CMSG_DATA + Integer.BYTES
                        && bytes.getInt(control + CMSG_LEVEL) == LibC.SOL_NETLINK
                        && bytes.getInt(control + CMSG_TYPE) == NetlinkSocket.NETLINK_LISTEN_ALL_NSID
                ? bytes.getInt(control + CMSG_DATA)
                : NetlinkDatagram.OWN_NAMESPACE;
    }
}
