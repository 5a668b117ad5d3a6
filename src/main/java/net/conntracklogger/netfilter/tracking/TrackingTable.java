// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import java.io.Closeable;
import java.io.IOException;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Enables connection tracking. Since Linux 4.10 conntrack is active in a network namespace only while some rule uses it. One rule
 * in a chain that no hook calls is enough and touches no packet.
 *
 * <p>The table has an owner ({@code NFT_TABLE_F_OWNER}, Linux 5.12). No other process can change it, and a firewall's
 * {@code flush ruleset} leaves it in place. The kernel removes it when no process
 * holds its socket any more, even if this process is killed.
 */
public final class TrackingTable implements Closeable {
    private static final String NAME = "conntrack_logger";

    private static final int LONGEST_ANSWER = 8 * 1024;

    private final String name;
    private final NetlinkSocket socket;
    private final NetlinkConnection connection;

    private TrackingTable(String name, NetlinkSocket socket) {
        this.name = name;
        this.socket = socket;
        this.connection = new NetlinkConnection(socket, LONGEST_ANSWER);
    }

    /**
     * Adds the table to this network namespace. Needs CAP_NET_ADMIN.
     *
     * @throws IOException with the error of the kernel
     */
    public static TrackingTable add() throws IOException {
        // If another instance owns the plain name, this one adds a table of its own, so that tracking stays enabled
        // when either ends.
        try {
            return add(NAME);
        } catch (LinuxException e) {
            try {
                return add(NAME + "_" + ProcessHandle.current().pid());
            } catch (LinuxException again) {
                throw e;
            }
        }
    }

    private static TrackingTable add(String name) throws LinuxException {
        TrackingTable table = new TrackingTable(
                name, NetlinkSocket.open("nftables", NetlinkSocket.NETLINK_NETFILTER, /* groups= */ 0));
        try {
            table.addNow();
            return table;
        } catch (LinuxException e) {
            table.close();
            throw e;
        }
    }

    /**
     * Takes over an earlier process's table, and adds it again if it is gone.
     *
     * @param name of the table
     * @param owner the socket that owns the table
     */
    public static TrackingTable adopt(String name, FileDescriptor owner) throws LinuxException {
        TrackingTable table = new TrackingTable(
                name, NetlinkSocket.adopt("nftables", NetlinkSocket.NETLINK_NETFILTER, /* hasGroups= */ false, owner));
        try {
            table.restore();
            return table;
        } catch (LinuxException e) {
            table.close();
            throw e;
        }
    }

    private void addNow() throws LinuxException {
        TrackingRule.writeAddition(connection, name);
        int answer = connection.exchange();
        if (answer < 0) {
            throw connection.failure(
                    "add",
                    "nft table inet " + name + ", which enables connection tracking",
                    answer,
                    "needs CAP_NET_ADMIN and Linux 5.12, or set Tracking=external and use conntrack in a rule of your own");
        }
    }

    /**
     * Adds the table again if it is gone. Reports whether it was.
     *
     * @throws LinuxException if the table cannot be looked up or added
     */
    public boolean restore() throws LinuxException {
        TrackingRule.writeLookup(connection, name);
        int answer = connection.exchange();
        if (answer >= 0) {
            return false;
        }
        if (answer != -Errno.ENOENT) {
            throw connection.failure("look up", "nft table inet " + name, answer, "needs CAP_NET_ADMIN");
        }
        addNow();
        return true;
    }

    /** Returns the name of the table, of family inet. */
    public String name() {
        return name;
    }

    /** Returns the descriptor of the socket that owns the table; {@link #close} closes it. */
    public int fd() {
        return socket.fd();
    }

    /** Removes the table, unless another process holds its socket. Does nothing if called again. */
    @Override
    public void close() {
        connection.close();
    }
}
