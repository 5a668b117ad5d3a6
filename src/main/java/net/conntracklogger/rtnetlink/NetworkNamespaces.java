// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.linux.Decimal;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkDatagram;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Identifies network namespaces by the ids that this one has for them (rtnetlink(7), {@code linux/net_namespace.h}). The kernel
 * reuses an id as soon as its namespace is gone, so what is known of an id ends with its namespace. Until all events that may be
 * older have been read, events of that id belong to a namespace without a name. Not thread-safe.
 */
public final class NetworkNamespaces implements Closeable {
    /** {@code linux/rtnetlink.h} */
    private static final int RTM_NEWNSID = 88;

    private static final int RTM_DELNSID = 89;
    private static final int RTM_GETNSID = 90;
    /** {@code RTNLGRP_NSID}, 28, as a bit. */
    private static final int RTMGRP_NSID = 1 << 27;

    private static final int NETNSA_NSID = 1;
    private static final int NETNSA_PID = 2;
    private static final int NETNSA_FD = 3;
    /** struct rtgenmsg {u8 family}, padded, after nlmsghdr. */
    private static final int RTGENMSG_LENGTH = 4;

    private static final int RTGENMSG_END = NetlinkHeader.SIZE + RTGENMSG_LENGTH;
    private static final int DATAGRAM_LENGTH = 64 * 1024;
    /** Minimum interval between searches of all processes for namespaces without a name, in nanoseconds. */
    private static final long SEARCH_INTERVAL_NANOS = 1_000_000_000;

    private final Path names;
    private final Path proc;
    private final NetlinkConnection changes;
    private final NetlinkConnection requests;
    private final Map<Integer, NetworkNamespace> known = new HashMap<>();
    /** Ids of ended namespaces whose events may still wait to be read. */
    private final Set<Integer> ended = new HashSet<>();
    /** Whether notifications were dropped and older events may still wait. Any id may have been reused. */
    private boolean unsure;

    private final int own;
    private long searched = System.nanoTime() - SEARCH_INTERVAL_NANOS;

    /**
     * Follows the ids of the network namespace of the calling thread.
     *
     * @param names where ip-netns(8) names namespaces, {@code /run/netns}
     * @param proc procfs
     */
    public NetworkNamespaces(Path names, Path proc) throws LinuxException {
        this(
                names,
                proc,
                NetlinkSocket.open("rtnetlink", NetlinkSocket.NETLINK_ROUTE, RTMGRP_NSID),
                NetlinkSocket.open("rtnetlink", NetlinkSocket.NETLINK_ROUTE, /* groups= */ 0));
    }

    NetworkNamespaces(Path names, Path proc, NetlinkTransport changes, NetlinkTransport requests)
            throws LinuxException {
        this.names = names;
        this.proc = proc;
        this.changes = new NetlinkConnection(changes, DATAGRAM_LENGTH);
        this.requests = new NetlinkConnection(requests, DATAGRAM_LENGTH);
        try (FileDescriptor file = open(proc.resolve("thread-self/ns/net"))) {
            own = lookup(NETNSA_FD, file.number());
        }
    }

    /**
     * Returns the namespace that an event just read came from. If a lookup fails, the namespace has no name.
     *
     * @param id as the kernel gave it with the event
     * @return null for the service's own namespace
     */
    public NetworkNamespace of(int id) {
        if (id == NetlinkDatagram.OWN_NAMESPACE || id == own) {
            return null;
        }
        try {
            return lookUp(id);
        } catch (LinuxException e) {
            distrust();
            return nameless(id);
        }
    }

    /** Forgets all namespaces, because changes may have been missed. */
    private void distrust() {
        unsure = true;
        known.clear();
    }

    private NetworkNamespace lookUp(int id) throws LinuxException {
        // The kernel announces a namespace with a reused id before that namespace has any flow.
        follow();
        if (unsure || ended.contains(id)) {
            return nameless(id);
        }
        if (!known.containsKey(id)) {
            find(id);
        }
        return known.getOrDefault(id, nameless(id));
    }

    /** Declares that no event waits any more. Later events are younger than all changes so far. */
    public void drained() {
        ended.clear();
        unsure = false;
        try {
            follow();
        } catch (LinuxException e) {
            distrust();
        }
    }

    private static NetworkNamespace nameless(int id) {
        return new NetworkNamespace(id, "nsid:" + id, 0);
    }

    private void follow() throws LinuxException {
        boolean complete = changes.poll(message -> {
            if (NetlinkHeader.type(changes.bytes(), message) == RTM_DELNSID) {
                int id = id(changes, message);
                known.remove(id);
                ended.add(id);
            }
        });
        if (!complete) {
            distrust();
        }
    }

    /** Looks for the namespace of an id. Looks first among those with a name, then among those of processes. */
    private void find(int id) throws LinuxException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(names)) {
            for (Path file : files) {
                learn(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The directory does not exist until ip-netns(8) makes it.
        }
        if (!known.containsKey(id) && System.nanoTime() - searched >= SEARCH_INTERVAL_NANOS) {
            findProcesses();
            searched = System.nanoTime();
        }
    }

    private void learn(Path file) throws LinuxException {
        try (FileDescriptor opened = open(file)) {
            int id = lookup(NETNSA_FD, opened.number());
            if (id >= 0) {
                // Read from the descriptor, because another namespace may have the name by now.
                long inode = (Long) Files.getAttribute(proc.resolve("self/fd/" + opened.number()), "unix:ino");
                known.putIfAbsent(
                        id, new NetworkNamespace(id, file.getFileName().toString(), inode));
            }
        } catch (IOException e) {
            // Access is denied, or the name is gone.
        }
    }

    private void findProcesses() throws LinuxException {
        Set<String> seen = new HashSet<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[1-9]*")) {
            for (Path process : processes) {
                String link = link(process);
                if (link != null && seen.add(link)) {
                    int id = lookup(NETNSA_PID, (int)
                            Decimal.parse(process.getFileName().toString()));
                    // The process may have moved to another namespace in between.
                    if (id >= 0 && link.equals(link(process))) {
                        known.putIfAbsent(id, new NetworkNamespace(id, link, inode(link)));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The namespaces stay nameless.
        }
    }

    /** Returns {@code net:[INODE]}; null if the process has ended or access is denied. */
    private static String link(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/net")).toString();
        } catch (IOException e) {
            return null;
        }
    }

    private static long inode(String link) {
        return Math.max(0, Decimal.parse(link, link.indexOf('[') + 1));
    }

    private static FileDescriptor open(Path file) throws LinuxException {
        return FileDescriptor.open(file.toString(), LibC.O_RDONLY);
    }

    /** Returns the id of a namespace; negative if it has none. Also negative if the value leads to no namespace. */
    private int lookup(int attribute, int value) throws LinuxException {
        NetlinkMessage request = requests.begin(RTM_GETNSID, 0);
        request.putHeader(RTGENMSG_LENGTH);
        request.put32(attribute, value);
        int answer = requests.exchange();
        return answer >= 0 && NetlinkHeader.type(requests.bytes(), answer) == RTM_NEWNSID
                ? id(requests, answer)
                : NetlinkDatagram.OWN_NAMESPACE;
    }

    private static int id(NetlinkConnection connection, int message) {
        ByteBuffer bytes = connection.bytes();
        int end = message + NetlinkHeader.length(bytes, message);
        int value = NetlinkAttributes.find(bytes, message + RTGENMSG_END, end, NETNSA_NSID);
        return value < 0 ? NetlinkDatagram.OWN_NAMESPACE : bytes.getInt(value);
    }

    @Override
    public void close() {
        changes.close();
        requests.close();
    }
}
