// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;

/**
 * What a process's files in /proc/PID/net tell of the addresses of its network namespace. rtnetlink(7) tells of those of
 * others too, but not of their local routes, which make an address its own that no interface has. These files tell all,
 * also where nobody here may ask in that namespace, as it is of another user namespace. Not safe for use by several
 * threads.
 *
 * <p>Two things they do not tell: the number of the table that an IPv6 route is in, and which of the IPv4 tables are of a
 * VRF. So what an IPv6 route takes in that is no interface's, and an IPv4 route of another table than the local one, may be
 * its own or a transparent proxy's.
 */
final class NetworkTables implements AutoCloseable {
    /** Bytes of a file: several thousand routes. A router that has more is not read through for its own addresses. */
    private static final int MOST = 1 << 20;

    private static final String TRIE = "fib_trie";
    private static final String ADDRESSES = "if_inet6";
    private static final String ROUTES = "ipv6_route";
    private static final int HEX = 16;
    /** Columns of if_inet6 ({@code if6_seq_show()}): address, device, length of the prefix, scope, flags, name. */
    private static final int ADDRESS_FLAGS = 4;

    /** {@code linux/if_addr.h}: IFA_F_DADFAILED, IFA_F_TENTATIVE. */
    private static final int UNUSABLE = 0x08 | 0x40;

    /**
     * Columns of ipv6_route ({@code rt6_native_seq_show()}): destination, length, source, length, next hop, metric, users,
     * uses, flags, device.
     */
    private static final int ROUTE_FLAGS = 8;

    /** {@code linux/ipv6_route.h} */
    private static final int RTF_ANYCAST = 0x00100000;

    private static final int RTF_LOCAL = 0x80000000;
    private static final int ADDRESS_BITS = 128;

    private final Path proc;
    private final FileReader files = new FileReader();

    /** @param proc procfs */
    NetworkTables(Path proc) {
        this.proc = proc;
    }

    /** Reads those of a process; null where it has ended, or there are too many. */
    AddressSet read(int pid) {
        AddressSet read = new AddressSet();
        String trie = text(pid, TRIE);
        String addresses = text(pid, ADDRESSES);
        String routes = text(pid, ROUTES);
        if (trie == null || addresses == null || routes == null) {
            return null;
        }
        readTrie(trie, read);
        addresses.lines().forEach(line -> readAddress(line.strip().split(" +"), read));
        routes.lines().forEach(line -> readRoute(line.strip().split(" +"), read));
        return read;
    }

    /** Empty where there is no such file: those of IPv6 are missing where the kernel is without it. */
    private String text(int pid, String file) {
        int length = files.read(proc.resolve(pid + "/net/" + file).toString(), MOST);
        if (length == -Errno.ENOENT && !file.equals(TRIE)) {
            return "";
        }
        if (length < 0 || length >= MOST) {
            return null;
        }
        byte[] text = new byte[length];
        files.content().get(0, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /**
     * {@code fib_trie_seq_show()}: a line for each table, under it one for each network, and under that one for each of its
     * routes: {@code /LENGTH SCOPE TYPE}. Where no rule tells them apart the local and the main table are one, shown twice.
     */
    static void readTrie(String trie, AddressSet into) {
        boolean local = false;
        IpAddress network = null;
        for (String line : trie.split("\n")) {
            String[] words = line.strip().split(" +");
            if (!line.startsWith(" ")) {
                local = line.equals("Local:");
            } else if (words[0].equals("|--")) {
                network = v4(words[1]);
            } else if (words[0].startsWith("/") && words[2].equals("BROADCAST")) {
                into.everybody(network);
            } else if (words[0].startsWith("/") && words[2].equals("LOCAL")) {
                int bits = Integer.parseInt(words[0].substring(1));
                if (local) {
                    into.own(network, bits);
                } else {
                    into.perhapsOwn(network, bits);
                }
            }
        }
    }

    static void readAddress(String[] columns, AddressSet into) {
        if (columns.length > ADDRESS_FLAGS && (Integer.parseInt(columns[ADDRESS_FLAGS], HEX) & UNUSABLE) == 0) {
            into.own(v6(columns[0]), ADDRESS_BITS);
        }
    }

    static void readRoute(String[] columns, AddressSet into) {
        if (columns.length <= ROUTE_FLAGS) {
            return;
        }
        int flags = Integer.parseUnsignedInt(columns[ROUTE_FLAGS], HEX);
        int bits = Integer.parseInt(columns[1], HEX);
        if ((flags & RTF_ANYCAST) != 0) {
            into.own(v6(columns[0]), bits);
        } else if ((flags & RTF_LOCAL) != 0) {
            into.perhapsOwn(v6(columns[0]), bits);
        }
    }

    private static IpAddress v4(String text) {
        int address = 0;
        for (String part : text.split("\\.")) {
            address = address << 8 | Integer.parseInt(part);
        }
        return IpAddress.v4(address);
    }

    private static IpAddress v6(String digits) {
        long high = Long.parseUnsignedLong(digits.substring(0, HEX), HEX);
        return new IpAddress(true, high, Long.parseUnsignedLong(digits.substring(HEX), HEX));
    }

    @Override
    public void close() {
        files.close();
    }
}
