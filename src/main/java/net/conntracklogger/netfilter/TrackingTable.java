// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNftables.*;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.io.IOException;

/**
 * Enables connection tracking. Since Linux 4.10 conntrack is active in a network namespace only while some rule uses it. One rule
 * in a chain that no hook calls is enough and touches no packet.
 *
 * <p>The table has an owner ({@code NFT_TABLE_F_OWNER}, Linux 5.12). No other process can change it, and a firewall's
 * {@code flush ruleset} leaves it in place. The kernel removes it when this process ends, even if it is killed.
 */
public final class TrackingTable implements Closeable {
    private static final String NAME = "conntrack_logger";

    private final Pointer context;
    private final String name;
    private boolean closed;

    private TrackingTable(Pointer context, String name) {
        this.context = context;
        this.name = name;
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
                return new TrackingTable(context, name);
            }
        }
        String error = nft_ctx_get_error_buffer(context).strip();
        nft_ctx_free(context);
        throw new IOException("cannot add nft table inet " + NAME + ", which enables connection tracking: " + error
                + "; needs CAP_NET_ADMIN and Linux 5.12, or set Tracking=external and use conntrack in a rule of your"
                + " own");
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
            nft_ctx_free(context);
        }
    }
}
