// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNftables.*;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.io.IOException;

/**
 * Keeps connection tracking on. Since Linux 4.10 a network namespace is tracked only while some rule uses conntrack. One
 * rule in a chain that no hook calls is enough, and is in no packet's path.
 *
 * <p>The table is of the owner kind ({@code NFT_TABLE_F_OWNER}, Linux 5.12): it is this process's alone, a firewall's
 * {@code flush ruleset} leaves it in place, and the kernel removes it when the process ends, however it ends.
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
     * @throws IOException with what nftables says
     */
    public static TrackingTable add() throws IOException {
        Pointer context = nft_ctx_new(NFT_CTX_DEFAULT);
        nft_ctx_buffer_error(context);
        // Another instance may own the plain name: each keeps tracking on for itself, so that neither goes blind when
        // the other ends.
        for (String name :
                new String[] {NAME, NAME + "_" + ProcessHandle.current().pid()}) {
            if (nft_run_cmd_from_buffer(context, commands(name)) == 0) {
                return new TrackingTable(context, name);
            }
        }
        String error = nft_ctx_get_error_buffer(context).strip();
        nft_ctx_free(context);
        throw new IOException("cannot add the nft table inet " + NAME + " that keeps connection tracking on: " + error
                + "; needs CAP_NET_ADMIN and Linux 5.12, or set Tracking=external and use conntrack in a rule of your"
                + " own");
    }

    private static String commands(String name) {
        return "add table inet %1$s { flags owner; }; add chain inet %1$s enable_tracking; add rule inet %1$s enable_tracking ct state new"
                .formatted(name);
    }

    public String name() {
        return name;
    }

    /** Removes the table. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            nft_ctx_free(context);
        }
    }
}
