// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
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

    private static final long NANOS_PER_MICRO = 1000;

    private final LongPredicate wanted;
    private final NetlinkConnection connection;
    private final FlowDecoder decoder;
    private boolean ended;
    private long malformed;

    /** Requests the table. */
    ConntrackTable(NetlinkTransport transport, LongPredicate wanted) throws LinuxException {
        this(transport, new FlowDecoder(), wanted);
    }

    private ConntrackTable(NetlinkTransport transport, FlowDecoder decoder, LongPredicate wanted)
            throws LinuxException {
        this.decoder = decoder;
        this.wanted = wanted;
        connection = new NetlinkConnection(transport, DATAGRAM_LENGTH);
        connection
                .begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NetlinkHeader.NLM_F_DUMP)
                .putHeader(NFGENMSG_LENGTH);
        connection.send();
    }

    /**
     * Opens a socket and requests the table from the kernel. The flows are of kind {@link FlowEvent.Kind#EXISTING}.
     *
     * @param wanted whether to return a flow that began at this time, in microseconds since the epoch; 0 if the kernel recorded
     *     no time. To skip a flow takes about a tenth of the time to decode it
     */
    public static ConntrackTable open(LongPredicate wanted) throws LinuxException {
        return open(new FlowDecoder(), wanted);
    }

    /** Opens a table whose flows are of kind {@link FlowEvent.Kind#PROGRESS}, with figures. Else as {@link #open}. */
    public static ConntrackTable openWithFigures(LongPredicate wanted) throws LinuxException {
        return open(FlowDecoder.ofProgress(), wanted);
    }

    private static ConntrackTable open(FlowDecoder decoder, LongPredicate wanted) throws LinuxException {
        NetlinkSocket socket;
        try {
            socket = NetlinkSocket.open("conntrack table", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0);
        } catch (LinuxException e) {
            decoder.close();
            throw e;
        }
        try {
            return new ConntrackTable(socket, decoder, wanted);
        } catch (LinuxException e) {
            decoder.close();
            socket.close();
            throw e;
        }
    }

    /** Reports whether all parts are read. */
    public boolean isRead() {
        return ended;
    }

    /**
     * Reads the next part.
     *
     * @return the wanted flows of the part, as events of one kind; perhaps none
     */
    public List<FlowEvent> read() throws LinuxException {
        List<FlowEvent> flows = new ArrayList<>();
        int result = connection.receive(message -> decode(message, flows));
        // EINTR means that flows began or ended during the dump. Their events report them.
        if (result < 0 && result != -Errno.EINTR) {
            throw connection.failure("read", "conntrack table", result, "needs CAP_NET_ADMIN");
        }
        ended = result != NetlinkConnection.MORE;
        return flows;
    }

    private void decode(int message, List<FlowEvent> flows) {
        int length = NetlinkHeader.length(connection.bytes(), message);
        if (!wanted.test(began(connection.bytes(), message + NFGENMSG_END, message + length))) {
            return;
        }
        try {
            FlowEvent flow = decoder.decode(connection.content(), message, length, 0);
            if (flow != null) {
                flows.add(flow);
            }
        } catch (MalformedEventException e) {
            malformed++;
        }
    }

    /**
     * Returns when a flow began, in microseconds since the epoch; 0 if unknown. The attributes of the flow hold the
     * time.
     */
    private static long began(ByteBuffer message, int attributes, int end) {
        int times = NetlinkAttributes.find(message, attributes, end, CTA_TIMESTAMP);
        int start = NetlinkAttributes.find(message, times, CTA_TIMESTAMP_START);
        boolean whole = start >= 0 && NetlinkAttributes.end(message, start) == start + Long.BYTES;
        return whole ? NetworkOrder.get64(message, start) / NANOS_PER_MICRO : 0;
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
