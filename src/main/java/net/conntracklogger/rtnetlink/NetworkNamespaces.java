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
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkDatagram;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * The network namespaces behind the ids by which this one knows others (rtnetlink(7), {@code linux/net_namespace.h}). An
 * id is used again as soon as its namespace is gone. So what is known of it ends there, and until all events that may be
 * older than that were read, its events are those of a namespace without a name. Not safe for use by several threads.
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
    /** struct rtgenmsg {u8 family}, padded, then one attribute of four bytes. */
    private static final int RTGENMSG_END = NetlinkSocket.HEADER_LENGTH + 4;

    private static final int REQUEST_LENGTH = RTGENMSG_END + NetlinkAttributes.HEADER_LENGTH + Integer.BYTES;
    private static final int RECEIVE_TIMEOUT_MS = 1000;
    /** All processes are looked through for a namespace without a name: not for each event of one that is gone. */
    private static final long SEARCH_INTERVAL = 1_000_000_000;

    private final Path names;
    private final Path proc;
    private final NetlinkSocket changes;
    private final NetlinkSocket requests;
    private final NativeBuffer buffer = new NativeBuffer(64 * 1024);
    private final Map<Integer, NetworkNamespace> known = new HashMap<>();
    /** Ids whose namespace ended while events of it may still wait to be read. */
    private final Set<Integer> ended = new HashSet<>();

    /** That some changes were dropped, since when any id may be used again. */
    private boolean unsure;

    private final int own;
    private long searched = System.nanoTime() - SEARCH_INTERVAL;
    private int sequence;

    /**
     * Follows those of the namespace that this is called in.
     *
     * @param names where ip-netns(8) names them, {@code /run/netns}
     * @param proc procfs
     */
    public NetworkNamespaces(Path names, Path proc) throws LinuxException {
        this.names = names;
        this.proc = proc;
        changes = NetlinkSocket.open("NETLINK_ROUTE", NetlinkSocket.NETLINK_ROUTE, RTMGRP_NSID);
        requests = NetlinkSocket.open("NETLINK_ROUTE", NetlinkSocket.NETLINK_ROUTE, 0);
        requests.setReceiveTimeout(RECEIVE_TIMEOUT_MS);
        int id = NetlinkDatagram.OWN_NAMESPACE;
        try (FileDescriptor file = open(proc.resolve("thread-self/ns/net"))) {
            id = ask(NETNSA_FD, file.number());
        }
        own = id;
    }

    /**
     * The namespace that an event just read came from.
     *
     * @param id as the kernel gave it with the event
     * @return null for the own one
     */
    public NetworkNamespace of(int id) throws LinuxException {
        if (id == NetlinkDatagram.OWN_NAMESPACE || id == own) {
            return null;
        }
        // The kernel tells of a new namespace with an old id before that has any flow.
        follow();
        if (unsure || ended.contains(id)) {
            return nameless(id);
        }
        if (!known.containsKey(id)) {
            find(id);
        }
        return known.getOrDefault(id, nameless(id));
    }

    /** To be told when no event waits any more: from here on, events are younger than what was followed so far. */
    public void drained() throws LinuxException {
        ended.clear();
        unsure = false;
        follow();
    }

    private static NetworkNamespace nameless(int id) {
        return new NetworkNamespace(id, "nsid:" + id, 0);
    }

    private void follow() throws LinuxException {
        while (true) {
            int length = changes.receive(buffer, LibC.MSG_DONTWAIT);
            if (length == -Errno.EAGAIN) {
                return;
            }
            if (length == -Errno.ENOBUFS) {
                unsure = true;
                known.clear();
            } else if (length < 0 && length != -Errno.EINTR) {
                throw new LinuxException("receive", "changes of network namespaces", -length, "");
            } else if (length >= RTGENMSG_END && buffer.bytes().getShort(4) == RTM_DELNSID) {
                int id = answer(length);
                known.remove(id);
                ended.add(id);
            }
        }
    }

    /** By its name, else by a process that is in it. */
    private void find(int id) throws LinuxException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(names)) {
            for (Path file : files) {
                learn(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // There is no such directory until ip-netns(8) makes it.
        }
        if (!known.containsKey(id) && System.nanoTime() - searched >= SEARCH_INTERVAL) {
            findProcesses();
            searched = System.nanoTime();
        }
    }

    private void learn(Path file) throws LinuxException {
        try (FileDescriptor opened = open(file)) {
            int id = ask(NETNSA_FD, opened.number());
            if (id >= 0) {
                // Of what was opened, as another may have the name by now.
                long inode = (Long) Files.getAttribute(proc.resolve("self/fd/" + opened.number()), "unix:ino");
                known.putIfAbsent(
                        id, new NetworkNamespace(id, file.getFileName().toString(), inode));
            }
        } catch (IOException e) {
            // It may not be looked at, or has ended.
        }
    }

    private void findProcesses() throws LinuxException {
        Set<String> seen = new HashSet<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[1-9]*")) {
            for (Path process : processes) {
                String link = link(process);
                if (link != null && seen.add(link)) {
                    int id = ask(
                            NETNSA_PID, Integer.parseInt(process.getFileName().toString()));
                    // It may have moved on meanwhile.
                    if (id >= 0 && link.equals(link(process))) {
                        known.putIfAbsent(id, new NetworkNamespace(id, link, inode(link)));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Then they stay nameless.
        }
    }

    /** {@code net:[INODE]}; null where the process has ended, or may not be looked at. */
    private static String link(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/net")).toString();
        } catch (IOException e) {
            return null;
        }
    }

    private static long inode(String link) {
        return Long.parseLong(link.substring(link.indexOf('[') + 1, link.indexOf(']')));
    }

    private static FileDescriptor open(Path file) throws LinuxException {
        try (NativeBuffer path = NativeBuffer.ofString(file.toString())) {
            int fd = LibC.open(path.pointer(), LibC.O_RDONLY | LibC.O_CLOEXEC);
            if (fd < 0) {
                throw LinuxException.last("open", file.toString(), "");
            }
            return new FileDescriptor(fd);
        }
    }

    /** The id of a namespace; negative where it has none, or what was given leads to none. */
    private int ask(int attribute, int value) throws LinuxException {
        ByteBuffer bytes = buffer.bytes();
        bytes.putInt(0, REQUEST_LENGTH).putShort(4, (short) RTM_GETNSID);
        bytes.putShort(6, (short) NetlinkSocket.NLM_F_REQUEST)
                .putInt(8, ++sequence)
                .putInt(12, 0);
        bytes.putInt(NetlinkSocket.HEADER_LENGTH, 0);
        bytes.putShort(RTGENMSG_END, (short) (NetlinkAttributes.HEADER_LENGTH + Integer.BYTES));
        bytes.putShort(RTGENMSG_END + 2, (short) attribute);
        bytes.putInt(RTGENMSG_END + NetlinkAttributes.HEADER_LENGTH, value);
        requests.send(buffer.pointer(), REQUEST_LENGTH);
        while (true) {
            int length = requests.receive(buffer, 0);
            if (length < 0 && length != -Errno.EINTR) {
                throw new LinuxException("ask for", "the id of a network namespace", -length, "");
            }
            if (length >= RTGENMSG_END && bytes.getInt(8) == sequence) {
                return bytes.getShort(4) == RTM_NEWNSID ? answer(length) : NetlinkDatagram.OWN_NAMESPACE;
            }
        }
    }

    private int answer(int length) {
        ByteBuffer bytes = buffer.bytes();
        int value = NetlinkAttributes.find(bytes, RTGENMSG_END, Math.min(length, bytes.getInt(0)), NETNSA_NSID);
        return value < 0 ? NetlinkDatagram.OWN_NAMESPACE : bytes.getInt(value);
    }

    @Override
    public void close() {
        changes.close();
        requests.close();
        buffer.close();
    }
}
