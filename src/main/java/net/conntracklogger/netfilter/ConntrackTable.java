// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * The kernel's table of flows in this network namespace, read once from begin to end, a part at a time. Each part is what
 * the kernel found as it came to it: a flow that begins or ends meanwhile may be in it or not, and one may be in it twice.
 * Needs CAP_NET_ADMIN. Not safe for use by several threads.
 */
public final class ConntrackTable implements Closeable {
    /** The kernel fills as much as the reader offers, up to 32 KiB ({@code netlink_dump()}, {@code net/netlink/af_netlink.c}). */
    private static final int DATAGRAM_LENGTH = 32 * 1024;

    /** struct nlmsghdr and struct nfgenmsg {u8 family; u8 version; be16 res_id}. */
    private static final int REQUEST_LENGTH = NetlinkSocket.HEADER_LENGTH + 4;

    private final NetlinkSocket socket;
    private final FlowDecoder decoder = new FlowDecoder();
    private final NativeBuffer datagram = new NativeBuffer(DATAGRAM_LENGTH);
    private boolean ended;
    private long malformed;

    private ConntrackTable(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Asks the kernel for the table. */
    public static ConntrackTable open() throws LinuxException {
        ConntrackTable table = new ConntrackTable(
                NetlinkSocket.open("conntrack table", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0));
        try {
            table.ask();
            return table;
        } catch (LinuxException e) {
            table.close();
            throw e;
        }
    }

    private void ask() throws LinuxException {
        datagram.bytes()
                .putInt(0, REQUEST_LENGTH)
                .putShort(4, (short) (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET))
                .putShort(6, (short) (NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP))
                .putLong(8, 0)
                .putInt(NetlinkSocket.HEADER_LENGTH, 0);
        socket.send(datagram.pointer(), REQUEST_LENGTH);
    }

    /**
     * Reads on.
     *
     * @return some flows, as events of the kind {@link FlowEvent.Kind#EXISTING}; empty once all are read
     */
    public List<FlowEvent> read() throws LinuxException {
        List<FlowEvent> flows = new ArrayList<>();
        while (!ended && flows.isEmpty()) {
            int length = socket.receive(datagram, 0);
            if (length < 0) {
                throw new LinuxException("read", "conntrack table", -length, "needs CAP_NET_ADMIN");
            }
            take(length, flows);
        }
        return flows;
    }

    private void take(int length, List<FlowEvent> flows) throws LinuxException {
        int size;
        for (int at = 0; at + NetlinkSocket.HEADER_LENGTH <= length; at += size + 3 & ~3) {
            size = datagram.bytes().getInt(at);
            int type = datagram.bytes().getShort(at + 4);
            if (type == NetlinkSocket.NLMSG_ERROR) {
                int errno = -datagram.bytes().getInt(at + NetlinkSocket.HEADER_LENGTH);
                throw new LinuxException("read", "conntrack table", errno, "needs CAP_NET_ADMIN");
            }
            if (type == NetlinkSocket.NLMSG_DONE || size < NetlinkSocket.HEADER_LENGTH) {
                ended = true;
                return;
            }
            try {
                FlowEvent flow = decoder.decode(datagram, at, length - at, 0);
                if (flow != null) {
                    flows.add(flow);
                }
            } catch (MalformedEventException e) {
                malformed++;
            }
        }
    }

    /** Flows so far that could not be decoded. */
    public long malformed() {
        return malformed;
    }

    @Override
    public void close() {
        socket.close();
        decoder.close();
        datagram.close();
    }
}
