// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * What rtnetlink(7) tells of this host's addresses. Its own are those of its interfaces, in a VRF or not, the anycast
 * addresses that it answers for as a router, and what the local table adds, such as all of 127.0.0.0/8; not the local
 * routes of other tables, by which transparent proxies take in what is for others. The addresses of everybody are the
 * broadcast routes of all tables.
 *
 * <p>What is added is passed on. Where something is removed, or an interface goes down, all is read again: an address may
 * be on several interfaces, as link-local ones often are, and of IPv4 routes that go with their interface nothing else is
 * said. Not safe for use by several threads.
 */
final class AddressMonitor implements AutoCloseable {
    /** {@code linux/rtnetlink.h} */
    static final int RTM_NEWLINK = 16;

    static final int RTM_DELLINK = 17;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    static final int RTMGRP_LINK = 1;
    static final int RTMGRP_IPV4_IFADDR = 0x10;
    static final int RTMGRP_IPV4_ROUTE = 0x40;
    static final int RTMGRP_IPV6_IFADDR = 0x100;
    static final int RTMGRP_IPV6_ROUTE = 0x400;
    private static final int RT_TABLE_UNSPEC = 0;
    private static final int RT_TABLE_LOCAL = 255;
    private static final int RTN_UNSPEC = 0;
    static final int RTN_LOCAL = 2;
    static final int RTN_BROADCAST = 3;
    static final int RTN_ANYCAST = 4;
    private static final int RTA_DST = 1;
    /** {@code linux/if_addr.h} */
    private static final int IFA_ADDRESS = 1;

    private static final int IFA_LOCAL = 2;
    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_TENTATIVE = 0x40;

    /** struct rtmsg {u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags} after nlmsghdr. */
    private static final int RTMSG = NetlinkSocket.HEADER_LENGTH;

    private static final int RTMSG_DST_LEN = RTMSG + 1;
    private static final int RTMSG_TABLE = RTMSG + 4;
    static final int RTMSG_TYPE = RTMSG + 7;
    private static final int RTMSG_END = RTMSG + 12;
    /** struct ifaddrmsg {u8 family, prefixlen, flags, scope; u32 index} after nlmsghdr. */
    private static final int IFADDRMSG = NetlinkSocket.HEADER_LENGTH;

    private static final int IFADDRMSG_FLAGS = IFADDRMSG + 2;
    private static final int IFADDRMSG_END = IFADDRMSG + 8;
    /** struct ifinfomsg {u8 family, pad; u16 type; s32 index; u32 flags, change} after nlmsghdr. */
    private static final int IFINFOMSG_FLAGS = NetlinkSocket.HEADER_LENGTH + 8;
    /** {@code linux/if.h} */
    private static final int IFF_UP = 1;

    private static final int RECEIVE_TIMEOUT_MS = 1000;

    /** Who is told. */
    interface Listener {
        /** All is told anew from here on. */
        void clear();

        /** An address of this host, or a whole network of them. */
        void own(IpAddress network, int bits);

        /** An address of everybody on a link. */
        void everybody(IpAddress address);
    }

    private final NetlinkSocket socket;
    private final Listener listener;
    private final NativeBuffer buffer = new NativeBuffer(64 * 1024);
    private int sequence;
    /** Whether something was removed, or the kernel could not tell all. */
    private boolean stale;

    /** Tells all that is there, and joins the groups that tell of changes. */
    AddressMonitor(Listener listener) throws LinuxException {
        this.listener = listener;
        socket = NetlinkSocket.open(
                "NETLINK_ROUTE",
                NetlinkSocket.NETLINK_ROUTE,
                RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE);
        try {
            // Lets the kernel filter the dumps; a host may have a million other routes.
            socket.setOption(LibC.SOL_NETLINK, NetlinkSocket.NETLINK_GET_STRICT_CHK, 1);
            socket.setReceiveTimeout(RECEIVE_TIMEOUT_MS);
            stale = true;
            poll();
        } catch (LinuxException e) {
            close();
            throw e;
        }
    }

    /** Tells what changed since the last call, without waiting for more. */
    void poll() throws LinuxException {
        while (true) {
            int length = socket.receive(buffer, LibC.MSG_DONTWAIT);
            if (length == -Errno.EAGAIN) {
                if (!stale) {
                    return;
                }
                tellAll();
            } else if (length == -Errno.ENOBUFS) {
                stale = true;
            } else if (length < 0 && length != -Errno.EINTR) {
                throw new LinuxException("receive", "address changes", -length, "");
            } else {
                read(length);
            }
        }
    }

    private void tellAll() throws LinuxException {
        stale = false;
        listener.clear();
        for (int family : new int[] {LibC.AF_INET, LibC.AF_INET6}) {
            dump(RTM_GETADDR, IFADDRMSG_END, family, RT_TABLE_UNSPEC, RTN_UNSPEC);
            dump(RTM_GETROUTE, RTMSG_END, family, RT_TABLE_LOCAL, RTN_UNSPEC);
        }
        dump(RTM_GETROUTE, RTMSG_END, LibC.AF_INET, RT_TABLE_UNSPEC, RTN_BROADCAST);
        dump(RTM_GETROUTE, RTMSG_END, LibC.AF_INET6, RT_TABLE_UNSPEC, RTN_ANYCAST);
    }

    private void dump(int request, int length, int family, int table, int type) throws LinuxException {
        ByteBuffer bytes = buffer.bytes();
        for (int i = 0; i < RTMSG_END; i += Integer.BYTES) {
            bytes.putInt(i, 0);
        }
        bytes.putInt(0, length).putShort(4, (short) request);
        bytes.putShort(6, (short) (NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP));
        bytes.putInt(8, ++sequence);
        bytes.put(RTMSG, (byte) family);
        if (request == RTM_GETROUTE) {
            bytes.put(RTMSG_TABLE, (byte) table).put(RTMSG_TYPE, (byte) type);
        }
        socket.send(buffer.pointer(), length);
        boolean done = false;
        while (!done) {
            int received = socket.receive(buffer, 0);
            if (received == -Errno.ENOBUFS) {
                stale = true;
            } else if (received < 0 && received != -Errno.EINTR) {
                throw new LinuxException("read", "local addresses and routes", -received, "");
            } else {
                done = read(received);
            }
        }
    }

    /** Takes in the messages of one datagram; answers whether they end a dump. */
    private boolean read(int length) throws LinuxException {
        ByteBuffer bytes = buffer.bytes();
        for (int at = 0; at + NetlinkSocket.HEADER_LENGTH <= length; at += NetlinkAttributes.align(bytes.getInt(at))) {
            // The table changed under the dump.
            stale |= (bytes.getShort(at + 6) & NetlinkSocket.NLM_F_DUMP_INTR) != 0 && bytes.getInt(at + 8) == sequence;
            switch (bytes.getShort(at + 4)) {
                case NetlinkSocket.NLMSG_DONE -> {
                    return true;
                }
                case NetlinkSocket.NLMSG_ERROR ->
                    throw new LinuxException(
                            "read", "local addresses and routes", -bytes.getInt(at + NetlinkSocket.HEADER_LENGTH), "");
                case RTM_NEWADDR -> address(at);
                case RTM_NEWROUTE -> route(at);
                case RTM_DELADDR, RTM_DELLINK -> stale = true;
                case RTM_NEWLINK -> stale |= (bytes.getInt(at + IFINFOMSG_FLAGS) & IFF_UP) == 0;
                case RTM_DELROUTE -> stale |= isTold(at);
                default -> {}
            }
        }
        return false;
    }

    private void address(int at) {
        ByteBuffer bytes = buffer.bytes();
        int end = at + bytes.getInt(at);
        boolean v6 = bytes.get(at + IFADDRMSG) == LibC.AF_INET6;
        // Of a point-to-point link IFA_ADDRESS is the other end's.
        int local = NetlinkAttributes.find(bytes, at + IFADDRMSG_END, end, IFA_LOCAL);
        int value = local >= 0 ? local : NetlinkAttributes.find(bytes, at + IFADDRMSG_END, end, IFA_ADDRESS);
        if (value >= 0 && (bytes.get(at + IFADDRMSG_FLAGS) & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) == 0) {
            IpAddress address = IpAddress.read(bytes, value, v6);
            listener.own(address, 8 * address.length());
        }
    }

    private void route(int at) {
        ByteBuffer bytes = buffer.bytes();
        int value = NetlinkAttributes.find(bytes, at + RTMSG_END, at + bytes.getInt(at), RTA_DST);
        if (!isTold(at) || value < 0 && bytes.get(at + RTMSG_DST_LEN) != 0) {
            return;
        }
        boolean v6 = bytes.get(at + RTMSG) == LibC.AF_INET6;
        IpAddress network = value < 0 ? new IpAddress(v6, 0, 0) : IpAddress.read(bytes, value, v6);
        if (bytes.get(at + RTMSG_TYPE) == RTN_BROADCAST) {
            listener.everybody(network);
        } else {
            listener.own(network, bytes.get(at + RTMSG_DST_LEN) & 0xff);
        }
    }

    private boolean isTold(int at) {
        return switch (buffer.bytes().get(at + RTMSG_TYPE)) {
            case RTN_LOCAL -> (buffer.bytes().get(at + RTMSG_TABLE) & 0xff) == RT_TABLE_LOCAL;
            case RTN_BROADCAST, RTN_ANYCAST -> true;
            default -> false;
        };
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
