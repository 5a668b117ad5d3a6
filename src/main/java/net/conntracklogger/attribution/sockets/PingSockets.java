// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.FileReader;

/**
 * The ping sockets in {@code /proc/net/icmp} and {@code icmp6} ({@code ping_v4_format_sock()}). sock_diag(7) does not know
 * this kind of socket. Not thread-safe.
 */
public final class PingSockets implements Closeable {
    /** Columns of a line, separated by spaces. */
    private static final int LOCAL = 1;

    private static final int UID = 7;
    private static final int INODE = 9;

    private final Path root;
    private final FileReader files = new FileReader();

    /** @param root the root of procfs */
    public PingSockets(Path root) {
        this.root = root;
    }

    /** Returns the root of procfs. */
    Path root() {
        return root;
    }

    static boolean covers(Protocol protocol) {
        return protocol.isIcmp();
    }

    /** Returns the ping socket with the tuple's identifier; null if none or several have it. */
    DiagSocket lookup(FlowTuple tuple) {
        if (!(tuple.layer4() instanceof Layer4.Icmp icmp)) {
            return null;
        }
        int length = files.read(root + "/net/" + (tuple.v6() ? "icmp6" : "icmp"));
        return length <= 0 ? null : parse(files.content(), length, icmp.id());
    }

    /**
     * Reports whether it is certain that no raw socket (raw(7)) exists. A raw socket can send packets of any protocol.
     */
    boolean hasNoRaw(boolean v6) {
        int length = files.read(root + "/net/" + (v6 ? "raw6" : "raw"));
        return length > 0 && parse(files.content(), length).isEmpty();
    }

    /** Passes every ping socket to the visitor. */
    void survey(Consumer<DiagSocket> visitor) {
        for (String table : new String[] {"icmp", "icmp6"}) {
            int length = files.read(root + "/net/" + table);
            parse(files.content(), Math.max(0, length)).forEach(visitor);
        }
    }

    static DiagSocket parse(ByteBuffer content, int length, int id) {
        List<DiagSocket> found = new ArrayList<>(parse(content, length));
        found.removeIf(socket -> socket.port() != id);
        // Sockets can share an identifier (SO_REUSEADDR). Which of them sent the packet is then unknown.
        return found.size() == 1 ? found.get(0) : null;
    }

    private static List<DiagSocket> parse(ByteBuffer content, int length) {
        List<DiagSocket> sockets = new ArrayList<>();
        int line = 0;
        while (line < length) {
            int end = line;
            while (end < length && content.get(end) != '\n') {
                end++;
            }
            int id = localPort(content, line, end);
            if (id >= 0) {
                long inode = number(content, column(content, line, end, INODE), end, 10);
                long uid = number(content, column(content, line, end, UID), end, 10);
                sockets.add(new DiagSocket(inode, id, inode, uid, 0, false, true));
            }
            line = end + 1;
        }
        return sockets;
    }

    /** Returns the hexadecimal number after the colon in the second column; -1 for the heading. */
    private static int localPort(ByteBuffer content, int line, int end) {
        int at = column(content, line, end, LOCAL);
        while (at < end && content.get(at) != ':' && content.get(at) != ' ') {
            at++;
        }
        return at < end && content.get(at) == ':' ? (int) number(content, at + 1, end, 16) : -1;
    }

    private static int column(ByteBuffer content, int line, int end, int index) {
        int at = line;
        for (int i = 0; ; i++) {
            while (at < end && content.get(at) == ' ') {
                at++;
            }
            if (i == index) {
                return at;
            }
            while (at < end && content.get(at) != ' ') {
                at++;
            }
        }
    }

    private static long number(ByteBuffer content, int from, int end, int radix) {
        long number = 0;
        for (int i = from; i < end && content.get(i) != ' '; i++) {
            number = number * radix + Character.digit(content.get(i), radix);
        }
        return number;
    }

    @Override
    public void close() {
        files.close();
    }
}
