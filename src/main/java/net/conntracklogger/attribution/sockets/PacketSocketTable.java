// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.Decimal;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ReadTime;

/**
 * The packet sockets in {@code /proc/net/packet} ({@code packet_seq_show()} in net/packet/af_packet.c), with the processes that
 * hold them. Not thread-safe.
 */
public final class PacketSocketTable implements Closeable {
    /** Columns of a line: {@code sk RefCnt Type Proto Iface R Rmem User Inode}. */
    private static final int UID = 7;

    private static final int INODE = 8;

    private final Path root;
    private final SocketProcesses processes;
    private final FileReader files = new FileReader();
    /** Inodes of the sockets whose process was looked up. */
    private Set<Long> known = new HashSet<>();
    /** The table whose sockets are all known; null if there is none. */
    private byte[] settled;

    /** @param root the root of procfs */
    PacketSocketTable(Path root, SocketProcesses processes) {
        this.root = root;
        this.processes = processes;
    }

    /** Returns the owners of the sockets that were not there at the last call. A socket that no search was made for comes again. */
    public List<Owner> read() throws LinuxException {
        byte[] table = files.bytes(files.read(root + "/net/packet"));
        if (Arrays.equals(table, settled)) {
            return List.of();
        }
        boolean complete = true;
        List<Owner> owners = new ArrayList<>();
        Set<Long> present = new HashSet<>();
        for (DiagSocket socket : parse(table)) {
            boolean looked = known.contains(socket.inode());
            Owner owner = looked ? null : owner(socket);
            if (owner != null) {
                owners.add(owner);
            }
            if (looked || owner == null || owner.reason() != Unattributed.SEARCH_LIMIT) {
                present.add(socket.inode());
            } else {
                complete = false;
            }
        }
        known = present;
        settled = complete ? table : null;
        return owners;
    }

    private Owner owner(DiagSocket socket) throws LinuxException {
        long now = System.nanoTime();
        return processes.owner(OwnerSource.PROC, List.of(socket), now, ReadTime.at(now));
    }

    /** Returns the sockets of a table. */
    static List<DiagSocket> parse(byte[] table) {
        List<DiagSocket> sockets = new ArrayList<>();
        new String(table, StandardCharsets.US_ASCII)
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > INODE)
                .forEach(columns -> {
                    long inode = Decimal.parse(columns[INODE]);
                    if (inode > 0) {
                        sockets.add(new DiagSocket(
                                inode, 0, inode, Math.max(0, Decimal.parse(columns[UID])), 0, false, false));
                    }
                });
        return sockets;
    }

    @Override
    public void close() {
        files.close();
    }
}
