// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.NF_NETLINK_CONNTRACK_NEW;

import java.util.Optional;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/** The multicast groups of conntrack's events. */
final class ConntrackGroups {
    static final String NAME = "conntrack events";

    /** {@code linux/netfilter/nfnetlink.h}: a multicast group. */
    private static final int NFNLGRP_CONNTRACK_DESTROY = 3;

    private ConntrackGroups() {}

    /**
     * Returns a socket that is a member of the groups.
     *
     * @param former the socket of an earlier process; empty to open one. Closed if this fails
     * @param receiveBuffer as SO_RCVBUFFORCE takes it, in bytes
     * @param ends whether the socket receives the ends of flows too
     * @param everywhere whether it receives events of all network namespaces that have an id in this one
     */
    static NetlinkSocket join(Optional<NetlinkSocket> former, int receiveBuffer, boolean ends, boolean everywhere)
            throws LinuxException {
        NetlinkSocket socket = former.isPresent() ? former.get() : open();
        try {
            socket.setReceiveBuffer(receiveBuffer);
            if (everywhere) {
                socket.listenToAllNamespaces();
            }
            socket.setMember(NFNLGRP_CONNTRACK_DESTROY, ends);
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private static NetlinkSocket open() throws LinuxException {
        try {
            return NetlinkSocket.open(NAME, NetlinkSocket.NETLINK_NETFILTER, NF_NETLINK_CONNTRACK_NEW);
        } catch (LinuxException e) {
            boolean refused = e.errno() == Errno.EPERM;
            String remedy = refused ? "needs CAP_NET_ADMIN" : "is the module nf_conntrack_netlink loaded?";
            throw new LinuxException("subscribe to", NAME, e.errno(), remedy);
        }
    }
}
