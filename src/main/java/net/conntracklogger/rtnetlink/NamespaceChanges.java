// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkDatagram;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Tells which other network namespaces' addresses change, and which of them end, by the ids that this one knows them by
 * (rtnetlink(7)). Needs CAP_NET_BROADCAST. Not safe for use by several threads.
 */
final class NamespaceChanges implements AutoCloseable {
    /** {@code linux/rtnetlink.h} */
    private static final int RTM_DELNSID = 89;
    /** {@code RTNLGRP_NSID}, 28, as a bit. */
    private static final int RTMGRP_NSID = 1 << 27;

    private static final int RTMGRP_ADDRESSES = AddressMonitor.RTMGRP_LINK
            | AddressMonitor.RTMGRP_IPV4_IFADDR
            | AddressMonitor.RTMGRP_IPV4_ROUTE
            | AddressMonitor.RTMGRP_IPV6_IFADDR
            | AddressMonitor.RTMGRP_IPV6_ROUTE;
    /** {@code linux/net_namespace.h} */
    private static final int NETNSA_NSID = 1;
    /** struct rtgenmsg {u8 family}, padded, after nlmsghdr. */
    private static final int RTGENMSG_END = NetlinkHeader.SIZE + 4;
    /** Each is told of in a datagram of its own, of which the beginning is enough. */
    private static final int DATAGRAM_LENGTH = 4096;

    /** Who is told. */
    interface Listener {
        /** Something was added to the addresses of the namespace with that id, or removed. */
        void changed(int id);

        /** It is gone, and the next one may have its id. */
        void ended(int id);

        /** Not all was told. */
        void unsure();
    }

    private final NetlinkSocket socket;
    private final NetlinkDatagram datagram = new NetlinkDatagram(DATAGRAM_LENGTH);

    NamespaceChanges() throws LinuxException {
        socket = NetlinkSocket.open("NETLINK_ROUTE", NetlinkSocket.NETLINK_ROUTE, RTMGRP_NSID | RTMGRP_ADDRESSES);
        try {
            socket.listenToAllNamespaces();
        } catch (LinuxException e) {
            close();
            throw e;
        }
    }

    /** Tells what happened since the last call, without waiting for more. */
    void poll(Listener listener) throws LinuxException {
        while (true) {
            int length = socket.receive(datagram, LibC.MSG_DONTWAIT);
            if (length >= 0) {
                tell(Math.min(length, DATAGRAM_LENGTH), listener);
                continue;
            }
            int errno = -length;
            if (errno == Errno.EAGAIN) {
                return;
            }
            if (errno == Errno.ENOBUFS) {
                listener.unsure();
            } else if (errno != Errno.EINTR) {
                throw new LinuxException("receive", "address changes of network namespaces", errno, "");
            }
        }
    }

    private void tell(int length, Listener listener) {
        ByteBuffer bytes = datagram.content().bytes();
        int id = datagram.namespaceId();
        if (id == NetlinkDatagram.OWN_NAMESPACE) {
            // Of the others' lists of ids this one's alone matters.
            int value = bytes.getShort(4) == RTM_DELNSID
                    ? NetlinkAttributes.find(bytes, RTGENMSG_END, Math.min(length, bytes.getInt(0)), NETNSA_NSID)
                    : -1;
            if (value >= 0) {
                listener.ended(bytes.getInt(value));
            }
        } else if (isOfAddresses(bytes)) {
            listener.changed(id);
        }
    }

    private static boolean isOfAddresses(ByteBuffer bytes) {
        return switch (bytes.getShort(4)) {
            // Of IPv4 routes that go with their interface nothing else is said.
            case AddressMonitor.RTM_NEWLINK,
                    AddressMonitor.RTM_DELLINK,
                    AddressMonitor.RTM_NEWADDR,
                    AddressMonitor.RTM_DELADDR -> true;
            case AddressMonitor.RTM_NEWROUTE, AddressMonitor.RTM_DELROUTE ->
                switch (bytes.get(AddressMonitor.RTMSG_TYPE)) {
                    case AddressMonitor.RTN_LOCAL, AddressMonitor.RTN_BROADCAST, AddressMonitor.RTN_ANYCAST -> true;
                    default -> false;
                };
            default -> false;
        };
    }

    @Override
    public void close() {
        socket.close();
        datagram.close();
    }
}
