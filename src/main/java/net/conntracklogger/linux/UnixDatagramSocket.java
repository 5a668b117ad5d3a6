// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import java.nio.charset.StandardCharsets;

/** Sends datagrams to a UNIX socket, with descriptors if wanted (unix(7)). Not thread-safe. */
public final class UnixDatagramSocket implements AutoCloseable {
    /** struct sockaddr_un {sa_family_t family; char path[108]} */
    private static final int LONGEST_PATH = 107;
    /** Maximum wait for the receiver to read. */
    private static final long PATIENCE_SECONDS = 1;
    /**
     * Length of {@code struct msghdr}. Its members are {@code void *name; u32 namelen; iovec *iov; size_t iovlen; void
     * *control; size_t controllen; int flags}.
     */
    private static final int HEADER_LENGTH = 56;

    private static final int NAMELEN = 8;
    private static final int IOV = 16;
    private static final int IOVLEN = 24;
    private static final int CONTROL = 32;
    private static final int CONTROLLEN = 40;
    /** struct iovec {void *base; size_t len} */
    private static final int IOVEC_LENGTH = 16;
    /** struct cmsghdr {size_t len; int level; int type}, then the descriptor, padded to eight bytes. */
    private static final int CMSG_LENGTH = 20;

    private static final int CMSG_ROOM = 24;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    private final FileDescriptor socket;
    private final NativeBuffer address;

    private UnixDatagramSocket(FileDescriptor socket, NativeBuffer address) {
        this.socket = socket;
        this.address = address;
    }

    /**
     * Opens a socket.
     *
     * @param address path of the receiver; a first character {@code @} stands for NUL, an abstract address
     */
    public static UnixDatagramSocket open(String address) throws LinuxException {
        byte[] path = address.getBytes(StandardCharsets.UTF_8);
        if (path.length == 0 || path.length > LONGEST_PATH) {
            throw new LinuxException("send to", "UNIX socket '" + address + "'", Errno.ENAMETOOLONG, "");
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        FileDescriptor socket = FileDescriptor.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM, 0, "UNIX socket");
        // struct timeval {long tv_sec, tv_usec}
        try (NativeBuffer timeout = new NativeBuffer(2 * Long.BYTES)) {
            timeout.bytes().putLong(0, PATIENCE_SECONDS);
            LibC.setsockopt(socket.number(), LibC.SOL_SOCKET, LibC.SO_SNDTIMEO, timeout.pointer(), timeout.size());
        }
        NativeBuffer name = new NativeBuffer(Short.BYTES + path.length);
        name.bytes().putShort(0, (short) LibC.AF_UNIX).put(Short.BYTES, path);
        return new UnixDatagramSocket(socket, name);
    }

    /** Sends a datagram. */
    public void send(String text) throws LinuxException {
        send(text, /* fd= */ -1);
    }

    /**
     * Sends a datagram with a descriptor, of which the receiver gets a duplicate.
     *
     * @param fd negative for none
     */
    public void send(String text, int fd) throws LinuxException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (NativeBuffer header = new NativeBuffer(HEADER_LENGTH);
                NativeBuffer vector = new NativeBuffer(IOVEC_LENGTH);
                NativeBuffer control = new NativeBuffer(CMSG_ROOM);
                NativeBuffer content = new NativeBuffer(bytes.length)) {
            content.bytes().put(0, bytes);
            vector.bytes().putLong(0, content.address()).putLong(Long.BYTES, bytes.length);
            control.bytes().putLong(0, CMSG_LENGTH).putInt(CMSG_LEVEL, LibC.SOL_SOCKET);
            control.bytes().putInt(CMSG_TYPE, LibC.SCM_RIGHTS).putInt(CMSG_DATA, fd);
            header.bytes().putLong(0, address.address()).putInt(NAMELEN, address.size());
            header.bytes().putLong(IOV, vector.address()).putLong(IOVLEN, 1);
            if (fd >= 0) {
                header.bytes().putLong(CONTROL, control.address()).putLong(CONTROLLEN, CMSG_ROOM);
            }
            if (LibC.sendmsg(socket.number(), header.pointer(), LibC.MSG_NOSIGNAL) < 0) {
                throw LinuxException.last("send to", "UNIX socket", "");
            }
        }
    }

    @Override
    public void close() {
        socket.close();
        address.close();
    }
}
