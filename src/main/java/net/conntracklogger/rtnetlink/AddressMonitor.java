// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Follows the addresses of this network namespace by rtnetlink(7). Its own addresses are those of its interfaces, in a VRF or not,
 * and the anycast addresses that it serves as a router. Routes of the local table, such as 127.0.0.0/8, add whole networks. Local
 * routes of other tables do not count, because transparent proxies use them to receive packets for others. Broadcast addresses
 * are the broadcast routes of all tables.
 *
 * <p>Passes on what is added. If something is removed or an interface goes down, reads everything again. An address may
 * be on several interfaces, as link-local ones often are. The kernel does not report IPv4 routes that go with their
 * interface. Not thread-safe.
 */
final class AddressMonitor implements AutoCloseable {
    /** {@code linux/rtnetlink.h} */
    static final int RTM_NEWLINK = 16;

    private static final int RTM_GETLINK = 18;

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
    private static final int RTMSG_DST_LEN = NetlinkHeader.SIZE + 1;

    private static final int RTMSG_TABLE = NetlinkHeader.SIZE + 4;
    static final int RTMSG_TYPE = NetlinkHeader.SIZE + 7;
    private static final int RTMSG_LENGTH = 12;
    private static final int RTMSG_END = NetlinkHeader.SIZE + RTMSG_LENGTH;
    /** struct ifaddrmsg {u8 family, prefixlen, flags, scope; u32 index} after nlmsghdr. */
    private static final int IFADDRMSG_FLAGS = NetlinkHeader.SIZE + 2;

    private static final int IFADDRMSG_LENGTH = 8;
    private static final int IFADDRMSG_END = NetlinkHeader.SIZE + IFADDRMSG_LENGTH;
    /** struct ifinfomsg {u8 family, pad; u16 type; s32 index; u32 flags, change} after nlmsghdr. */
    private static final int IFINFOMSG_FLAGS = NetlinkHeader.SIZE + 8;

    private static final int IFINFOMSG_INDEX = NetlinkHeader.SIZE + 4;
    private static final int IFINFOMSG_LENGTH = 16;
    private static final int IFINFOMSG_END = NetlinkHeader.SIZE + IFINFOMSG_LENGTH;
    /** {@code linux/if.h} */
    private static final int IFF_UP = 1;

    private static final int V4_LENGTH = 4;
    private static final int V6_LENGTH = IpAddress.MAX_LENGTH;
    private static final int DATAGRAM_LENGTH = 64 * 1024;

    /** Receives the addresses. */
    interface Listener {
        /** Drops all addresses. The present ones follow. */
        void clear();

        /** Adds an address of this host, or the prefix of a whole network of them. */
        void own(IpAddress network, int bits);

        /** Adds a broadcast address. */
        void everybody(IpAddress address);

        /** Adds a device, or replaces the one with this index. */
        void link(int index, Link link);
    }

    private final NetlinkConnection connection;
    private final Listener listener;
    /** Whether everything must be read again: at first, or if something was removed or notifications were dropped. */
    private boolean stale = true;
    /** Whether devices are being listed. Addresses are listed later, without those of devices that go down now. */
    private boolean dumpingLinks;

    AddressMonitor(NetlinkTransport transport, Listener listener) {
        this.connection = new NetlinkConnection(transport, DATAGRAM_LENGTH);
        this.listener = listener;
    }

    /** Joins the multicast groups of changes and passes on all addresses that exist. */
    static AddressMonitor open(Listener listener) throws LinuxException {
        NetlinkSocket socket = NetlinkSocket.open(
                "rtnetlink",
                NetlinkSocket.NETLINK_ROUTE,
                RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE);
        AddressMonitor monitor = new AddressMonitor(socket, listener);
        try {
            // A host may have a million other routes.
            socket.filterDumps();
            monitor.poll();
            return monitor;
        } catch (LinuxException e) {
            monitor.close();
            throw e;
        }
    }

    /** Passes on what changed since the last call, without waiting for more. */
    void poll() throws LinuxException {
        boolean known = false;
        try {
            while (!connection.poll(this::read) || stale) {
                readAll();
            }
            known = true;
        } finally {
            // After a failure some addresses may be missing.
            stale = !known;
        }
    }

    private void readAll() throws LinuxException {
        stale = false;
        listener.clear();
        dumpLinks();
        for (int family : new int[] {LibC.AF_INET, LibC.AF_INET6}) {
            dumpAddresses(family);
            dumpRoutes(family, RT_TABLE_LOCAL, RTN_UNSPEC);
        }
        dumpRoutes(LibC.AF_INET, RT_TABLE_UNSPEC, RTN_BROADCAST);
        dumpRoutes(LibC.AF_INET6, RT_TABLE_UNSPEC, RTN_ANYCAST);
    }

    private void dumpLinks() throws LinuxException {
        connection.begin(RTM_GETLINK, NetlinkHeader.NLM_F_DUMP).putHeader(IFINFOMSG_LENGTH);
        dumpingLinks = true;
        dump();
        dumpingLinks = false;
    }

    private void dumpAddresses(int family) throws LinuxException {
        NetlinkMessage request = connection.begin(RTM_GETADDR, NetlinkHeader.NLM_F_DUMP);
        request.bytes().put(request.putHeader(IFADDRMSG_LENGTH), (byte) family);
        dump();
    }

    private void dumpRoutes(int family, int table, int type) throws LinuxException {
        NetlinkMessage request = connection.begin(RTM_GETROUTE, NetlinkHeader.NLM_F_DUMP);
        request.bytes().put(request.putHeader(RTMSG_LENGTH), (byte) family);
        request.bytes().put(RTMSG_TABLE, (byte) table).put(RTMSG_TYPE, (byte) type);
        dump();
    }

    private void dump() throws LinuxException {
        int result = connection.dump(this::read);
        stale |= result == -Errno.EINTR;
        // ENOENT means that the namespace has never had an address and so has no local table.
        if (result < 0 && result != -Errno.EINTR && result != -Errno.ENOENT) {
            throw connection.failure("read", "local addresses and routes", result, "");
        }
    }

    private void read(int message) {
        ByteBuffer bytes = connection.bytes();
        int length = NetlinkHeader.length(bytes, message);
        switch (NetlinkHeader.type(bytes, message)) {
            case RTM_NEWADDR -> address(message, length);
            case RTM_NEWROUTE -> route(message, length);
            case RTM_DELADDR, RTM_DELLINK -> stale = true;
            case RTM_NEWLINK -> link(message, length);
            case RTM_DELROUTE -> stale |= length < RTMSG_END || counts(message);
            default -> {}
        }
    }

    /**
     * Passes on a device. Reads everything again if it goes down, because the kernel does not report the addresses and
     * routes that go with it.
     */
    private void link(int message, int length) {
        ByteBuffer bytes = connection.bytes();
        if (length < IFINFOMSG_END) {
            stale = true;
            return;
        }
        stale |= !dumpingLinks && (bytes.getInt(message + IFINFOMSG_FLAGS) & IFF_UP) == 0;
        listener.link(
                bytes.getInt(message + IFINFOMSG_INDEX), Link.read(bytes, message + IFINFOMSG_END, message + length));
    }

    private void address(int message, int length) {
        ByteBuffer bytes = connection.bytes();
        int from = message + IFADDRMSG_END;
        int end = message + length;
        // On a point-to-point link IFA_ADDRESS is the peer's address.
        IpAddress local = value(message, from, end, IFA_LOCAL);
        IpAddress address = local != null ? local : value(message, from, end, IFA_ADDRESS);
        if (address != null && (bytes.get(message + IFADDRMSG_FLAGS) & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) == 0) {
            listener.own(address, 8 * address.length());
        }
    }

    private void route(int message, int length) {
        if (length < RTMSG_END || !counts(message)) {
            return;
        }
        ByteBuffer bytes = connection.bytes();
        int bits = bytes.get(message + RTMSG_DST_LEN) & 0xff;
        // The default route has no destination.
        IpAddress network = bits == 0
                ? new IpAddress(isV6(message), 0, 0)
                : value(message, message + RTMSG_END, message + length, RTA_DST);
        if (network == null) {
            return;
        }
        if (bytes.get(message + RTMSG_TYPE) == RTN_BROADCAST) {
            listener.everybody(network);
        } else {
            listener.own(network, bits);
        }
    }

    /** Reports whether a route adds own or broadcast addresses. */
    private boolean counts(int message) {
        ByteBuffer bytes = connection.bytes();
        return switch (bytes.get(message + RTMSG_TYPE)) {
            case RTN_LOCAL -> (bytes.get(message + RTMSG_TABLE) & 0xff) == RT_TABLE_LOCAL;
            case RTN_BROADCAST, RTN_ANYCAST -> true;
            default -> false;
        };
    }

    /** Returns the address in an attribute of a message; null if there is none of the message's family. */
    private IpAddress value(int message, int from, int end, int attribute) {
        ByteBuffer bytes = connection.bytes();
        boolean v6 = isV6(message);
        int value = NetlinkAttributes.find(bytes, from, end, attribute);
        return value < 0 || NetlinkAttributes.end(bytes, value) - value != (v6 ? V6_LENGTH : V4_LENGTH)
                ? null
                : IpAddress.read(bytes, value, v6);
    }

    /** Reports whether a message is about IPv6, by the first byte of the fixed header. */
    private boolean isV6(int message) {
        return connection.bytes().get(message + NetlinkHeader.SIZE) == LibC.AF_INET6;
    }

    @Override
    public void close() {
        connection.close();
    }
}
