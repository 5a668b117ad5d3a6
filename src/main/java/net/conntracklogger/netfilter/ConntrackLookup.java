// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import java.io.Closeable;
import java.nio.ByteBuffer;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Looks up single flows in the conntrack table of this network namespace. The kernel answers at once. Needs CAP_NET_ADMIN. Not
 * thread-safe.
 */
public final class ConntrackLookup implements Closeable {
    /** Maximum number of bytes. An answer is one flow with all its attributes, several hundred bytes. */
    private static final int LONGEST_ANSWER = 8 * 1024;

    private static final int GET = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
    private static final int FOUND = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;

    private final NetlinkConnection connection;

    ConntrackLookup(NetlinkTransport transport) {
        connection = new NetlinkConnection(transport, LONGEST_ANSWER);
    }

    /** Opens a socket for lookups. */
    public static ConntrackLookup open() throws LinuxException {
        return new ConntrackLookup(
                NetlinkSocket.open("conntrack table", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0));
    }

    /**
     * Reports whether the kernel answers that it no longer tracks a flow. While the table is resized, the kernel may for a moment
     * give this answer for a flow that exists. It also gives the answer just before it sends the event of the flow's end.
     *
     * @return false also if the kernel cannot know: for flows of other network namespaces, and of GRE, whose call ids
     *     {@link FlowDecoder} does not keep
     */
    public boolean isGone(FlowEvent flow) throws LinuxException {
        // If only one direction has a zone the event lacks it, and the other direction is in the default zone.
        return flow.namespace() == null
                && isGone(flow, CTA_TUPLE_ORIG, flow.original())
                && isGone(flow, CTA_TUPLE_REPLY, flow.reply());
    }

    /** Reports whether conntrack tracks a flow with this tuple now. Looks in the default zone only; false also if that fails. */
    public boolean isTracked(FlowTuple tuple) throws LinuxException {
        write(connection.begin(GET, 0), CTA_TUPLE_ORIG, tuple, /* zone= */ 0);
        return connection.exchange() >= 0;
    }

    /** Reports whether no flow or another flow has the tuple now. */
    private boolean isGone(FlowEvent flow, int direction, FlowTuple tuple) throws LinuxException {
        write(connection.begin(GET, 0), direction, tuple, flow.zone());
        int answer = connection.exchange();
        if (answer < 0) {
            return answer == -Errno.ENOENT;
        }
        ByteBuffer bytes = connection.bytes();
        int end = answer + NetlinkHeader.length(bytes, answer);
        int id = NetlinkAttributes.find(bytes, answer + NFGENMSG_END, end, CTA_ID);
        return NetlinkHeader.type(bytes, answer) == FOUND
                && id >= 0
                && NetworkOrder.get32(bytes, id) != (int) flow.id();
    }

    private static void write(NetlinkMessage request, int direction, FlowTuple tuple, int zone) {
        int header = request.putHeader(NFGENMSG_LENGTH);
        request.bytes().put(header, (byte) (tuple.v6() ? LibC.AF_INET6 : LibC.AF_INET));
        int whole = request.beginNest(direction);
        int addresses = request.beginNest(CTA_TUPLE_IP);
        request.put(tuple.v6() ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source());
        request.put(tuple.v6() ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination());
        request.endNest(addresses);
        int protocol = request.beginNest(CTA_TUPLE_PROTO);
        request.put8(CTA_PROTO_NUM, tuple.protocol().number());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            request.putNetworkOrder16(CTA_PROTO_SRC_PORT, ports.source());
            request.putNetworkOrder16(CTA_PROTO_DST_PORT, ports.destination());
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            boolean v6 = tuple.protocol().equals(Protocol.ICMPV6);
            request.putNetworkOrder16(v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, icmp.id());
            request.put8(v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, icmp.type());
            request.put8(v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, icmp.code());
        }
        request.endNest(protocol);
        request.endNest(whole);
        if (zone != 0) {
            request.putNetworkOrder16(CTA_ZONE, zone);
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
