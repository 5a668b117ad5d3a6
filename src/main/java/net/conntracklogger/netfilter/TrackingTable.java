// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNftables.*;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.io.IOException;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Enables connection tracking. Since Linux 4.10 conntrack is active in a network namespace only while some rule uses it. One rule
 * in a chain that no hook calls is enough and touches no packet.
 *
 * <p>The table has an owner ({@code NFT_TABLE_F_OWNER}, Linux 5.12). No other process can change it, and a firewall's
 * {@code flush ruleset} leaves it in place. The kernel removes it when this process ends, even if it is killed.
 */
public final class TrackingTable implements Closeable {
    private static final String NAME = "conntrack_logger";

    /** {@code linux/netfilter/nfnetlink.h} */
    private static final int NFNL_SUBSYS_NFTABLES = 10;
    /** {@code linux/netfilter/nf_tables.h} */
    private static final int NFT_MSG_GETTABLE = 1;

    private static final int NFTA_TABLE_NAME = 1;
    /** {@code linux/netfilter.h} */
    private static final int NFPROTO_INET = 1;

    private static final int LONGEST_ANSWER = 8 * 1024;

    private final Pointer context;
    private final String name;
    /** Asks the kernel for the table. Not libnftables, which hides tables of other owners and caches. */
    private final NetlinkConnection lookup;

    private boolean closed;

    private TrackingTable(Pointer context, String name, NetlinkConnection lookup) {
        this.context = context;
        this.name = name;
        this.lookup = lookup;
    }

    /**
     * Adds the table to this network namespace. Needs CAP_NET_ADMIN.
     *
     * @throws IOException with the error of nftables
     */
    public static TrackingTable add() throws IOException {
        Pointer context = nft_ctx_new(NFT_CTX_DEFAULT);
        nft_ctx_buffer_error(context);
        // If another instance owns the plain name, this one adds a table of its own, so that tracking stays enabled
        // when
        // either ends.
        for (String name :
                new String[] {NAME, NAME + "_" + ProcessHandle.current().pid()}) {
            if (nft_run_cmd_from_buffer(context, commands(name)) == 0) {
                return new TrackingTable(context, name, lookup(context));
            }
        }
        String error = nft_ctx_get_error_buffer(context).strip();
        nft_ctx_free(context);
        throw new IOException("cannot add nft table inet " + NAME + ", which enables connection tracking: " + error
                + "; needs CAP_NET_ADMIN and Linux 5.12, or set Tracking=external and use conntrack in a rule of your"
                + " own");
    }

    private static NetlinkConnection lookup(Pointer context) throws IOException {
        try {
            return new NetlinkConnection(
                    NetlinkSocket.open("nftables", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0), LONGEST_ANSWER);
        } catch (IOException e) {
            nft_ctx_free(context);
            throw e;
        }
    }

    /**
     * Adds the table again if it is gone. Reports whether it was.
     *
     * @throws IOException if the table cannot be looked up or added
     */
    public boolean restore() throws IOException {
        NetlinkMessage request = lookup.begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0);
        int header = request.putHeader(LibNetfilterConntrack.NFGENMSG_LENGTH);
        request.bytes().put(header, (byte) NFPROTO_INET);
        request.put(NFTA_TABLE_NAME, name);
        int answer = lookup.exchange();
        if (answer >= 0) {
            return false;
        }
        if (answer != -Errno.ENOENT) {
            throw lookup.failure("look up", "nft table inet " + name, answer, "needs CAP_NET_ADMIN");
        }
        if (nft_run_cmd_from_buffer(context, commands(name)) != 0) {
            throw new IOException("cannot add nft table inet " + name + ": "
                    + nft_ctx_get_error_buffer(context).strip());
        }
        return true;
    }

    private static String commands(String name) {
        return "add table inet %1$s { flags owner; }; add chain inet %1$s enable_tracking; add rule inet %1$s enable_tracking ct state new"
                .formatted(name);
    }

    /** Returns the name of the table, of family inet. */
    public String name() {
        return name;
    }

    /** Removes the table. Does nothing if called again. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            lookup.close();
            nft_ctx_free(context);
        }
    }
}
