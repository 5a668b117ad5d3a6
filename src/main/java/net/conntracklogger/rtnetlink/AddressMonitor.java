// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.rtnetlink.RtnetlinkMessage.*;

import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
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
    private static final int RTM_GETLINK = 18;
    private static final int RTM_GETADDR = 22;
    private static final int RTM_GETROUTE = 26;
    static final int RTMGRP_LINK = 1;
    static final int RTMGRP_IPV4_IFADDR = 0x10;
    static final int RTMGRP_IPV4_ROUTE = 0x40;
    static final int RTMGRP_IPV6_IFADDR = 0x100;
    static final int RTMGRP_IPV6_ROUTE = 0x400;
    private static final int RT_TABLE_UNSPEC = 0;
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
    /**
     * Whether everything must be read again. This is so at first, or if something was removed or notifications were
     * dropped.
     */
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

    private void read(int start) {
        RtnetlinkMessage message = new RtnetlinkMessage(connection.bytes(), start);
        switch (message.type()) {
            case RTM_NEWADDR -> address(message);
            case RTM_NEWROUTE -> route(message);
            case RTM_DELADDR, RTM_DELLINK -> stale = true;
            case RTM_NEWLINK -> link(message);
            case RTM_DELROUTE -> stale |= !message.isRoute() || message.isOwnRoute();
            default -> {}
        }
    }

    /**
     * Passes on a device. Reads everything again if it goes down, because the kernel does not report the addresses and
     * routes that go with it.
     */
    private void link(RtnetlinkMessage message) {
        if (!message.isLink()) {
            stale = true;
            return;
        }
        stale |= !dumpingLinks && !message.isUp();
        listener.link(message.linkIndex(), message.link());
    }

    private void address(RtnetlinkMessage message) {
        IpAddress address = message.usableAddress();
        if (address != null) {
            listener.own(address, 8 * address.length());
        }
    }

    private void route(RtnetlinkMessage message) {
        if (!message.isRoute() || !message.isOwnRoute()) {
            return;
        }
        IpAddress network = message.routeNetwork();
        if (network == null) {
            return;
        }
        if (message.isBroadcastRoute()) {
            listener.everybody(network);
        } else {
            listener.own(network, message.routeBits());
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
