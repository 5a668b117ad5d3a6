// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** A netlink socket (netlink(7)). Not safe for use by several threads. */
public final class NetlinkSocket implements AutoCloseable {
    /** {@code linux/netlink.h}: struct nlmsghdr {u32 len; u16 type; u16 flags; u32 seq; u32 pid}. */
    public static final int HEADER_LENGTH = 16;

    public static final int NLMSG_ERROR = 2;
    public static final int NLMSG_DONE = 3;
    public static final int NLM_F_REQUEST = 0x1;
    public static final int NLM_F_MULTI = 0x2;
    public static final int NLM_F_DUMP = 0x300;
    public static final int NLM_F_DUMP_INTR = 0x10;
    public static final int NETLINK_ROUTE = 0;
    public static final int NETLINK_SOCK_DIAG = 4;
    public static final int NETLINK_LISTEN_ALL_NSID = 8;
    public static final int NETLINK_NETFILTER = 12;
    public static final int NETLINK_GET_STRICT_CHK = 12;

    private static final int SOCKADDR_LENGTH = 12;
    private static final int TIMEVAL_LENGTH = 16;

    private final String name;
    private final FileDescriptor descriptor;

    private NetlinkSocket(String name, FileDescriptor descriptor) {
        this.name = name;
        this.descriptor = descriptor;
    }

    /**
     * Opens and binds one.
     *
     * @param name of the protocol, for error messages
     * @param groups bit mask of the first 32 multicast groups to join
     */
    public static NetlinkSocket open(String name, int protocol, int groups) throws LinuxException {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, protocol);
        if (fd < 0) {
            throw LinuxException.last("open netlink socket", name, "");
        }
        NetlinkSocket socket = new NetlinkSocket(name, new FileDescriptor(fd));
        try (NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH)) {
            // struct sockaddr_nl {u16 family; u16 pad; u32 pid; u32 groups}
            address.bytes().putShort(0, (short) LibC.AF_NETLINK).putInt(8, groups);
            if (LibC.bind(fd, address.pointer(), SOCKADDR_LENGTH) < 0) {
                LinuxException failure = LinuxException.last("bind netlink socket", name, "");
                socket.close();
                throw failure;
            }
        }
        return socket;
    }

    public int fd() {
        return descriptor.number();
    }

    /** Sets an option that is an {@code int}. */
    public void setOption(int level, int option, int value) throws LinuxException {
        try (NativeBuffer buffer = new NativeBuffer(Integer.BYTES)) {
            buffer.bytes().putInt(0, value);
            if (LibC.setsockopt(fd(), level, option, buffer.pointer(), Integer.BYTES) < 0) {
                throw LinuxException.last("set option " + option + " of netlink socket", name, "");
            }
        }
    }

    /** Makes {@link #receive} end with EAGAIN when no answer comes in this time. */
    public void setReceiveTimeout(int milliseconds) throws LinuxException {
        try (NativeBuffer timeval = new NativeBuffer(TIMEVAL_LENGTH)) {
            timeval.bytes().putLong(0, milliseconds / 1000).putLong(8, milliseconds % 1000 * 1000L);
            if (LibC.setsockopt(fd(), LibC.SOL_SOCKET, LibC.SO_RCVTIMEO, timeval.pointer(), TIMEVAL_LENGTH) < 0) {
                throw LinuxException.last("set receive timeout of netlink socket", name, "");
            }
        }
    }

    /** Sends a message to the kernel. */
    public void send(Pointer message, int length) throws LinuxException {
        if (LibC.send(fd(), message, length, 0) < 0) {
            throw LinuxException.last("send to netlink socket", name, "");
        }
    }

    /**
     * Receives one datagram.
     *
     * @param flags {@link LibC#MSG_DONTWAIT} or 0
     * @return its length, or {@code -errno}
     */
    public int receive(NativeBuffer buffer, int flags) {
        long length = LibC.recv(fd(), buffer.pointer(), buffer.size(), flags);
        return length < 0 ? -Native.getLastError() : (int) length;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
