// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.IPCTNL_MSG_CT_GET;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.IPCTNL_MSG_CT_NEW;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.NFNL_SUBSYS_CTNETLINK;

import java.io.Closeable;
import java.nio.ByteBuffer;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Asks the kernel for single flows in its table of this network namespace. It answers at once. Needs CAP_NET_ADMIN. Not
 * safe for use by several threads.
 */
public final class ConntrackLookup implements Closeable {
    /** The answer is a flow with all its attributes: some hundred bytes. */
    private static final int ROOM = 8 * 1024;

    private static final int RECEIVE_TIMEOUT_MS = 1000;

    /** struct nlmsghdr and struct nfgenmsg {u8 family; u8 version; be16 res_id}. */
    private static final int HEADERS = NetlinkSocket.HEADER_LENGTH + 4;

    private final NetlinkSocket socket;
    private final NativeBuffer buffer = new NativeBuffer(ROOM);
    private final NetlinkMessage request = new NetlinkMessage(buffer.bytes());
    private int sequence;

    private ConntrackLookup(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket to ask by. */
    public static ConntrackLookup open() throws LinuxException {
        NetlinkSocket socket = NetlinkSocket.open("conntrack table", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0);
        try {
            socket.setReceiveTimeout(RECEIVE_TIMEOUT_MS);
            return new ConntrackLookup(socket);
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Whether the kernel says that it does not track a flow any more. For a moment it may say so of one that is there, while
     * the table is resized; and so it does before the event of the end, where it is just about to send that.
     *
     * @return false where it does not say: of other network namespaces, and of GRE, whose call ids are not kept
     */
    public boolean isGone(FlowEvent flow) throws LinuxException {
        // A zone may be that of one direction, which is not told: then the other direction has the default zone.
        return flow.namespace() == null
                && isGone(flow, CTA_TUPLE_ORIG, flow.original())
                && isGone(flow, CTA_TUPLE_REPLY, flow.reply());
    }

    /** Another flow may have the tuple by now. */
    private boolean isGone(FlowEvent flow, int which, FlowTuple tuple) throws LinuxException {
        int length = ask(which, tuple, flow.zone());
        ByteBuffer bytes = buffer.bytes();
        int type = bytes.getShort(4);
        if (type == NetlinkSocket.NLMSG_ERROR) {
            return bytes.getInt(NetlinkSocket.HEADER_LENGTH) == -Errno.ENOENT;
        }
        int id = NetlinkAttributes.find(bytes, HEADERS, Math.min(length, bytes.getInt(0)), CTA_ID);
        return type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)
                && id >= 0
                && NetlinkMessage.bigEndian(bytes.getInt(id)) != (int) flow.id();
    }

    /** Answers the length of the answer. */
    private int ask(int which, FlowTuple tuple, int zone) throws LinuxException {
        write(which, tuple, zone);
        socket.send(buffer.pointer(), request.length());
        while (true) {
            int length = socket.receive(buffer, 0);
            if (length < 0 && length != -Errno.EINTR) {
                throw new LinuxException("ask for", "a flow in the conntrack table", -length, "");
            }
            if (length >= HEADERS && buffer.bytes().getInt(8) == sequence) {
                return length;
            }
        }
    }

    private void write(int which, FlowTuple tuple, int zone) {
        request.begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NetlinkSocket.NLM_F_REQUEST, ++sequence);
        request.putBytes(tuple.v6() ? LibC.AF_INET6 : LibC.AF_INET, 0, 0, 0);
        int whole = request.beginNest(which);
        int addresses = request.beginNest(CTA_TUPLE_IP);
        request.put(tuple.v6() ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source());
        request.put(tuple.v6() ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination());
        request.endNest(addresses);
        int protocol = request.beginNest(CTA_TUPLE_PROTO);
        request.put8(CTA_PROTO_NUM, tuple.protocol().number());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            request.put16(CTA_PROTO_SRC_PORT, ports.source());
            request.put16(CTA_PROTO_DST_PORT, ports.destination());
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            boolean v6 = tuple.protocol().equals(Protocol.ICMPV6);
            request.put16(v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, icmp.id());
            request.put8(v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, icmp.type());
            request.put8(v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, icmp.code());
        }
        request.endNest(protocol);
        request.endNest(whole);
        if (zone != 0) {
            request.put16(CTA_ZONE, zone);
        }
        request.end();
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
