// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import java.nio.ByteBuffer;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Reads the statistics of this network namespace's conntrack table. The kernel sends one message for each CPU
 * ({@code ctnetlink_ct_stat_cpu_dump()}). Not /proc/net/stat/nf_conntrack, which Debian's kernels do not have. Needs
 * CAP_NET_ADMIN. Not thread-safe.
 */
public final class TableStatistics implements RepeatedReading.Source<TableCounts> {
    private static final int DATAGRAM_LENGTH = 32 * 1024;

    /** {@code linux/netfilter/nfnetlink_conntrack.h}: enum cntl_msg_types. */
    private static final int IPCTNL_MSG_CT_GET_STATS_CPU = 4;

    /** The same: enum ctattr_stats_cpu, each a be32. */
    private static final int CTA_STATS_INSERT_FAILED = 9;

    private static final int CTA_STATS_DROP = 10;
    private static final int CTA_STATS_EARLY_DROP = 11;

    private final NetlinkConnection connection;

    TableStatistics(NetlinkTransport transport) {
        connection = new NetlinkConnection(transport, DATAGRAM_LENGTH);
    }

    /** Opens a socket for readings. */
    public static TableStatistics open() throws LinuxException {
        return new TableStatistics(
                NetlinkSocket.open("conntrack statistics", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0));
    }

    /**
     * Reads the counts since the network namespace exists. Waits for a lock that all network namespaces share, which another
     * process can hold for long.
     */
    @Override
    public TableCounts read() throws LinuxException {
        TableCounts[] sum = {TableCounts.NONE};
        connection
                .begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS_CPU, NetlinkHeader.NLM_F_DUMP)
                .putHeader(NFGENMSG_LENGTH);
        int result = connection.dump(message -> sum[0] = sum[0].plus(ofCpu(message)));
        if (result < 0) {
            throw connection.failure("read", "conntrack statistics", result, "needs CAP_NET_ADMIN");
        }
        return sum[0];
    }

    private TableCounts ofCpu(int message) {
        return new TableCounts(
                count(message, CTA_STATS_DROP),
                count(message, CTA_STATS_EARLY_DROP),
                count(message, CTA_STATS_INSERT_FAILED));
    }

    private long count(int message, int type) {
        ByteBuffer bytes = connection.bytes();
        int end = message + NetlinkHeader.length(bytes, message);
        int value = NetlinkAttributes.find(bytes, message + NFGENMSG_END, end, type);
        boolean whole = value >= 0 && NetlinkAttributes.end(bytes, value) - value >= Integer.BYTES;
        return whole ? Integer.toUnsignedLong(NetworkOrder.get32(bytes, value)) : 0;
    }

    @Override
    public void close() {
        connection.close();
    }
}
