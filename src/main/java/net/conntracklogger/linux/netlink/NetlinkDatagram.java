// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** Room for one datagram of a netlink socket, and for what the kernel says beside it. Not safe for use by several threads. */
public final class NetlinkDatagram implements AutoCloseable {
    /** Of a namespace that has no id here: the socket's own. NETNSA_NSID_NOT_ASSIGNED of {@code linux/net_namespace.h}. */
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

    public NetlinkDatagram(int size) {
        content = new NativeBuffer(size);
        header.bytes().putLong(IOVEC, content.address()).putLong(IOVEC + 8, size);
        header.bytes().putLong(MSGHDR_IOV, header.address() + IOVEC).putLong(MSGHDR_IOVLEN, 1);
        header.bytes().putLong(MSGHDR_CONTROL, header.address() + CMSG);
    }

    /**
     * Receives one without waiting.
     *
     * @return its length, which may be more than there is room for; -1 leaves the reason in
     *     {@link com.sun.jna.Native#getLastError()}
     */
    public long receive(int fd) {
        header.bytes().putLong(MSGHDR_CONTROLLEN, CMSG_ROOM);
        return LibC.recvmsg(fd, header.pointer().share(MSGHDR), LibC.MSG_DONTWAIT | LibC.MSG_TRUNC);
    }

    public NativeBuffer content() {
        return content;
    }

    /** The id of the network namespace that the last one came from. */
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
