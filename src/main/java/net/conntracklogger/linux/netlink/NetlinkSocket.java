// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** A netlink socket (netlink(7)). Not thread-safe. */
public final class NetlinkSocket implements NetlinkTransport {
    /** {@code linux/netlink.h}: protocols. */
    public static final int NETLINK_ROUTE = 0;

    public static final int NETLINK_SOCK_DIAG = 4;
    public static final int NETLINK_NETFILTER = 12;

    /** {@code linux/netlink.h}: socket options. */
    private static final int NETLINK_ADD_MEMBERSHIP = 1;

    private static final int NETLINK_DROP_MEMBERSHIP = 2;
    static final int NETLINK_LISTEN_ALL_NSID = 8;

    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;

    /** struct sockaddr_nl {u16 family; u16 pad; u32 pid; u32 groups} */
    private static final int SOCKADDR_LENGTH = 12;

    private static final int SOCKADDR_GROUPS = 8;
    private static final int TIMEVAL_LENGTH = 16;
    /**
     * Maximum wait for an answer. The kernel answers while it handles the request, so a receive takes this long only if
     * the answer was lost.
     */
    private static final long ANSWER_TIMEOUT_SECONDS = 1;

    /** {@code linux/sock_diag.h}: SO_MEMINFO yields {@code u32[SK_MEMINFO_VARS]}, one of which counts drops. */
    private static final int SK_MEMINFO_VARS = 9;

    private static final int SK_MEMINFO_DROPS = 8;
    private static final int MEMINFO_LENGTH = SK_MEMINFO_VARS * Integer.BYTES;

    private final String name;
    private final boolean hasGroups;
    private final FileDescriptor descriptor;
    private final NativeBuffer memory = new NativeBuffer(MEMINFO_LENGTH + Integer.BYTES);

    private NetlinkSocket(String name, boolean hasGroups, FileDescriptor descriptor) {
        this.name = name;
        this.hasGroups = hasGroups;
        this.descriptor = descriptor;
    }

    /**
     * Opens a socket and joins multicast groups. A blocking receive fails with EAGAIN after a second.
     *
     * @param name name of the socket in errors, such as {@code "sock_diag"}
     * @param protocol {@code NETLINK_*}
     * @param groups bit mask of the first 32 multicast groups, or 0
     */
    public static NetlinkSocket open(String name, int protocol, int groups) throws LinuxException {
        FileDescriptor descriptor =
                FileDescriptor.socket(LibC.AF_NETLINK, LibC.SOCK_RAW, protocol, "netlink socket " + name);
        NetlinkSocket socket = new NetlinkSocket(name, groups != 0, descriptor);
        try {
            socket.bind(groups);
            socket.setAnswerTimeout();
            // The kernel explains errors in words, and does not send the request back with them.
            socket.setOption("explain errors on", LibC.SOL_NETLINK, NETLINK_EXT_ACK, 1, "needs Linux 4.12");
            socket.setOption("shorten errors on", LibC.SOL_NETLINK, NETLINK_CAP_ACK, 1, "needs Linux 4.3");
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Takes over a socket that an earlier process opened. The messages that wait in it remain. Closes the socket if it
     * cannot be used.
     *
     * @param name as for {@link #open}
     * @param hasGroups whether the socket may be in multicast groups
     * @throws LinuxException if the descriptor is of something else, or of another network namespace
     */
    public static NetlinkSocket adopt(String name, int protocol, boolean hasGroups, FileDescriptor descriptor)
            throws LinuxException {
        NetlinkSocket socket = new NetlinkSocket(name, hasGroups, descriptor);
        try (NetlinkSocket here = open(name, protocol, /* groups= */ 0)) {
            if (socket.option(LibC.SO_DOMAIN, Integer.BYTES) != LibC.AF_NETLINK
                    || socket.option(LibC.SO_PROTOCOL, Integer.BYTES) != protocol
                    || socket.option(LibC.SO_NETNS_COOKIE, Long.BYTES)
                            != here.option(LibC.SO_NETNS_COOKIE, Long.BYTES)) {
                throw new LinuxException("adopt", socket.object(), Errno.EINVAL, "it is another socket");
            }
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private long option(int option, int length) throws LinuxException {
        try (NativeBuffer value = new NativeBuffer(Long.BYTES + Integer.BYTES)) {
            value.bytes().putInt(Long.BYTES, length);
            if (LibC.getsockopt(
                            fd(),
                            LibC.SOL_SOCKET,
                            option,
                            value.pointer(),
                            value.pointer().share(Long.BYTES))
                    < 0) {
                throw LinuxException.last("read an option of", object(), "");
            }
            return length == Long.BYTES
                    ? value.bytes().getLong(0)
                    : Integer.toUnsignedLong(value.bytes().getInt(0));
        }
    }

    /** Joins a multicast group, or leaves it. */
    public void setMember(int group, boolean member) throws LinuxException {
        int option = member ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;
        setOption("change the groups of", LibC.SOL_NETLINK, option, group, "");
    }

    private void bind(int groups) throws LinuxException {
        try (NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH)) {
            address.bytes().putShort(0, (short) LibC.AF_NETLINK).putInt(SOCKADDR_GROUPS, groups);
            if (LibC.bind(fd(), address.pointer(), SOCKADDR_LENGTH) < 0) {
                throw LinuxException.last("bind", object(), "");
            }
        }
    }

    private void setAnswerTimeout() throws LinuxException {
        try (NativeBuffer timeval = new NativeBuffer(TIMEVAL_LENGTH)) {
            timeval.bytes().putLong(0, ANSWER_TIMEOUT_SECONDS);
            if (LibC.setsockopt(fd(), LibC.SOL_SOCKET, LibC.SO_RCVTIMEO, timeval.pointer(), TIMEVAL_LENGTH) < 0) {
                throw LinuxException.last("set the receive timeout of", object(), "");
            }
        }
    }

    /** Lets the kernel filter dumps by the request's fixed header. For a socket of rtnetlink(7). */
    public void filterDumps() throws LinuxException {
        setOption("filter dumps on", LibC.SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, "needs Linux 4.20");
    }

    /** Joins the groups in all network namespaces that have an id in this one. Needs CAP_NET_BROADCAST. */
    public void listenToAllNamespaces() throws LinuxException {
        String operation = "listen to all network namespaces on";
        setOption(
                operation,
                LibC.SOL_NETLINK,
                NETLINK_LISTEN_ALL_NSID,
                1,
                "needs CAP_NET_BROADCAST, which \"systemctl daemon-reload\" grants the service for Namespaces=all");
    }

    /**
     * Sets the size of the kernel's receive buffer beyond the limit of unprivileged users. Needs CAP_NET_ADMIN.
     *
     * @param bytes half of what the kernel then allows (socket(7), SO_RCVBUFFORCE)
     */
    public void setReceiveBuffer(int bytes) throws LinuxException {
        setOption("set the receive buffer of", LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, bytes, "needs CAP_NET_ADMIN");
    }

    private void setOption(String operation, int level, int option, int value, String remedy) throws LinuxException {
        try (NativeBuffer buffer = new NativeBuffer(Integer.BYTES)) {
            buffer.bytes().putInt(0, value);
            if (LibC.setsockopt(fd(), level, option, buffer.pointer(), Integer.BYTES) < 0) {
                throw LinuxException.last(operation, object(), remedy);
            }
        }
    }

    private String object() {
        return "netlink socket " + name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int fd() {
        return descriptor.number();
    }

    @Override
    public boolean hasGroups() {
        return hasGroups;
    }

    @Override
    public void send(NativeBuffer message, int length) throws LinuxException {
        if (LibC.send(fd(), message.pointer(), length, 0) < 0) {
            throw LinuxException.last("send to", object(), "");
        }
    }

    @Override
    public int receive(NetlinkDatagram datagram, int flags) {
        return datagram.receive(fd(), flags);
    }

    @Override
    public int receive(NetlinkBatch batch, int flags) {
        return batch.receive(fd(), flags);
    }

    @Override
    public long dropped() throws LinuxException {
        memory.bytes().putInt(MEMINFO_LENGTH, MEMINFO_LENGTH);
        if (LibC.getsockopt(
                        fd(),
                        LibC.SOL_SOCKET,
                        LibC.SO_MEMINFO,
                        memory.pointer(),
                        memory.pointer().share(MEMINFO_LENGTH))
                < 0) {
            throw LinuxException.last("read the drop count of", object(), "");
        }
        return Integer.toUnsignedLong(memory.bytes().getInt(SK_MEMINFO_DROPS * Integer.BYTES));
    }

    @Override
    public void close() {
        descriptor.close();
        memory.close();
    }
}
