// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Reads the conntrack table of this network namespace once, a part at a time. Each part shows the table at the time
 * when the kernel read that part. A flow that begins or ends during the reading may be missing, and a flow may occur
 * twice. Needs CAP_NET_ADMIN. Not thread-safe.
 */
public final class ConntrackTable implements Closeable {
    /** The kernel fills as much as the reader offers, up to 32 KiB ({@code netlink_dump()}, {@code net/netlink/af_netlink.c}). */
    private static final int DATAGRAM_LENGTH = 32 * 1024;

    private final NetlinkConnection connection;
    private final FlowDecoder decoder = new FlowDecoder();
    private boolean ended;
    private long malformed;

    /** Requests the table. */
    ConntrackTable(NetlinkTransport transport) throws LinuxException {
        connection = new NetlinkConnection(transport, DATAGRAM_LENGTH);
        connection
                .begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NetlinkHeader.NLM_F_DUMP)
                .putHeader(NFGENMSG_LENGTH);
        connection.send();
    }

    /** Opens a socket and requests the table from the kernel. */
    public static ConntrackTable open() throws LinuxException {
        NetlinkSocket socket = NetlinkSocket.open("conntrack table", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0);
        try {
            return new ConntrackTable(socket);
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Reads the next part.
     *
     * @return some flows, as events of kind {@link FlowEvent.Kind#EXISTING}; empty once all are read
     */
    public List<FlowEvent> read() throws LinuxException {
        List<FlowEvent> flows = new ArrayList<>();
        while (!ended && flows.isEmpty()) {
            int result = connection.receive(message -> decode(message, flows));
            // EINTR means that flows began or ended during the dump. Their events report them.
            if (result < 0 && result != -Errno.EINTR) {
                throw connection.failure("read", "conntrack table", result, "needs CAP_NET_ADMIN");
            }
            ended = result != NetlinkConnection.MORE;
        }
        return flows;
    }

    private void decode(int message, List<FlowEvent> flows) {
        try {
            int length = NetlinkHeader.length(connection.bytes(), message);
            FlowEvent flow = decoder.decode(connection.content(), message, length, 0);
            if (flow != null) {
                flows.add(flow);
            }
        } catch (MalformedEventException e) {
            malformed++;
        }
    }

    /** Returns how many flows so far could not be decoded. */
    public long malformed() {
        return malformed;
    }

    @Override
    public void close() {
        connection.close();
        decoder.close();
    }
}
