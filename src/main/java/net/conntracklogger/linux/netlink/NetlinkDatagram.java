// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** A buffer for one datagram of a netlink socket and its control message (recvmsg(2)). Not thread-safe. */
public final class NetlinkDatagram implements AutoCloseable {
    /** The socket's own namespace: {@code NETNSA_NSID_NOT_ASSIGNED} of {@code linux/net_namespace.h}. */
    public static final int OWN_NAMESPACE = -1;

    /** struct iovec {void *base; size_t len} */
    private static final int IOVEC = 0;

    /** struct msghdr {void *name; u32 namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; int flags} */
    private static final int MSGHDR = 16;

    private static final int MSGHDR_IOV = MSGHDR + 16;
    private static final int MSGHDR_IOVLEN = MSGHDR + 24;
    private static final int MSGHDR_CONTROL = MSGHDR + 32;
    private static final int MSGHDR_CONTROLLEN = MSGHDR + 40;
    /** struct cmsghdr {size_t len; int level; int type}, then an int. */
    private static final int CMSG = MSGHDR + 56;

    private static final int CMSG_LEVEL = CMSG + 8;
    private static final int CMSG_TYPE = CMSG + 12;
    private static final int CMSG_DATA = CMSG + 16;
    private static final int CMSG_ROOM = 24;

    private final NativeBuffer content;
    private final NativeBuffer header = new NativeBuffer(CMSG + CMSG_ROOM);

    /**
     * Allocates the buffer.
     *
     * @param size of the longest datagram, in bytes
     */
    public NetlinkDatagram(int size) {
        content = new NativeBuffer(size);
        header.bytes().putLong(IOVEC, content.address()).putLong(IOVEC + 8, size);
        header.bytes().putLong(MSGHDR_IOV, header.address() + IOVEC).putLong(MSGHDR_IOVLEN, 1);
        header.bytes().putLong(MSGHDR_CONTROL, header.address() + CMSG);
    }

    /**
     * Receives one datagram from a socket.
     *
     * @param flags of recvmsg(2); {@code MSG_TRUNC} is added
     * @return the length that the kernel sent, which may exceed {@link #size}, or {@code -errno}
     */
    int receive(int fd, int flags) {
        header.bytes().putLong(MSGHDR_CONTROLLEN, CMSG_ROOM);
        long length = LibC.recvmsg(fd, header.pointer().share(MSGHDR), flags | LibC.MSG_TRUNC);
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
        ByteBuffer bytes = header.bytes();
        return bytes.getLong(MSGHDR_CONTROLLEN) >= CMSG_DATA - CMSG + Integer.BYTES
                        && bytes.getInt(CMSG_LEVEL) == LibC.SOL_NETLINK
                        && bytes.getInt(CMSG_TYPE) == NetlinkSocket.NETLINK_LISTEN_ALL_NSID
                ? bytes.getInt(CMSG_DATA)
                : OWN_NAMESPACE;
    }

    @Override
    public void close() {
        content.close();
        header.close();
    }
}
