// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.NetlinkSocket;

/**
 * Which addresses are this host's own, now: the routes of the kernel's local table, which it adds and removes with every
 * address (rtnetlink(7)). Follows them without polling. Not safe for use by several threads.
 */
public final class LocalAddresses implements Closeable {
    /** {@code linux/rtnetlink.h} */
    private static final int RTM_NEWROUTE = 24;

    private static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    private static final int RTMGRP_IPV4_ROUTE = 0x40;
    private static final int RTMGRP_IPV6_ROUTE = 0x400;
    private static final int RT_TABLE_LOCAL = 255;
    private static final int RTN_LOCAL = 2;
    private static final int RTN_BROADCAST = 3;
    private static final int RTN_ANYCAST = 4;
    private static final int RTA_DST = 1;

    /** struct rtmsg {u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags} after nlmsghdr. */
    private static final int RTMSG = NetlinkSocket.HEADER_LENGTH;

    private static final int RTMSG_DST_LEN = RTMSG + 1;
    private static final int RTMSG_TABLE = RTMSG + 4;
    private static final int RTMSG_TYPE = RTMSG + 7;
    private static final int RTMSG_END = RTMSG + 12;
    private static final int RECEIVE_TIMEOUT_MS = 1000;

    private record Prefix(IpAddress network, int bits) {}

    private final NetlinkSocket socket;
    private final NativeBuffer buffer = new NativeBuffer(64 * 1024);
    private final Set<IpAddress> addresses = new HashSet<>();
    private final Set<Prefix> prefixes = new HashSet<>();
    private final Set<IpAddress> broadcasts = new HashSet<>();
    private int sequence;

    /** Reads the addresses and joins the groups that tell of changes. */
    public LocalAddresses() throws LinuxException {
        socket =
                NetlinkSocket.open("NETLINK_ROUTE", NetlinkSocket.NETLINK_ROUTE, RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
        try {
            // Lets the kernel filter the dump by table; a host may have a million other routes.
            socket.setOption(LibC.SOL_NETLINK, NetlinkSocket.NETLINK_GET_STRICT_CHK, 1);
            socket.setReceiveTimeout(RECEIVE_TIMEOUT_MS);
            dump();
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    /** Takes in what changed since the last call. */
    void update() throws LinuxException {
        while (true) {
            int length = socket.receive(buffer, LibC.MSG_DONTWAIT);
            if (length == -Errno.EAGAIN) {
                return;
            }
            if (length == -Errno.ENOBUFS) {
                dump(); // Some changes were dropped.
            } else if (length < 0 && length != -Errno.EINTR) {
                throw new LinuxException("receive", "route changes", -length, "");
            } else {
                apply(length);
            }
        }
    }

    private void dump() throws LinuxException {
        addresses.clear();
        prefixes.clear();
        broadcasts.clear();
        for (int family : new int[] {LibC.AF_INET, LibC.AF_INET6}) {
            ByteBuffer bytes = buffer.bytes();
            for (int i = 0; i < RTMSG_END; i += Integer.BYTES) {
                bytes.putInt(i, 0);
            }
            bytes.putInt(0, RTMSG_END).putShort(4, (short) RTM_GETROUTE);
            bytes.putShort(6, (short) (NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP));
            bytes.putInt(8, ++sequence);
            bytes.put(RTMSG, (byte) family).put(RTMSG_TABLE, (byte) RT_TABLE_LOCAL);
            socket.send(buffer.pointer(), RTMSG_END);
            boolean done = false;
            while (!done) {
                int length = socket.receive(buffer, 0);
                if (length < 0 && length != -Errno.EINTR && length != -Errno.ENOBUFS) {
                    throw new LinuxException("read", "local routes", -length, "");
                }
                done = apply(length);
            }
        }
    }

    /** Takes in the messages of one datagram; answers whether they end a dump. */
    private boolean apply(int length) {
        ByteBuffer bytes = buffer.bytes();
        for (int at = 0; at + NetlinkSocket.HEADER_LENGTH <= length; at += bytes.getInt(at) + 3 & ~3) {
            int type = bytes.getShort(at + 4);
            if (type == NetlinkSocket.NLMSG_DONE || type == NetlinkSocket.NLMSG_ERROR) {
                return true;
            }
            boolean route = type == RTM_NEWROUTE || type == RTM_DELROUTE;
            if (route && (bytes.get(at + RTMSG_TABLE) & 0xff) == RT_TABLE_LOCAL) {
                apply(at, type == RTM_NEWROUTE);
            }
        }
        return false;
    }

    private void apply(int at, boolean added) {
        ByteBuffer bytes = buffer.bytes();
        boolean v6 = bytes.get(at + RTMSG) == LibC.AF_INET6;
        int bits = bytes.get(at + RTMSG_DST_LEN) & 0xff;
        int end = at + bytes.getInt(at);
        for (int i = at + RTMSG_END; i + 4 <= end; i += (bytes.getShort(i) & 0xffff) + 3 & ~3) {
            if (bytes.getShort(i + 2) == RTA_DST) {
                change(IpAddress.read(bytes, i + 4, v6), bits, bytes.get(at + RTMSG_TYPE), added);
                return;
            }
        }
    }

    private void change(IpAddress network, int bits, int type, boolean added) {
        switch (type) {
            case RTN_LOCAL -> {
                if (bits == 8 * network.length()) {
                    change(addresses, network, added);
                } else {
                    change(prefixes, new Prefix(network, bits), added);
                }
            }
            case RTN_BROADCAST, RTN_ANYCAST -> change(broadcasts, network, added);
            default -> {} // Multicast and unreachable routes name no address of this host.
        }
    }

    private static <T> void change(Set<T> set, T element, boolean added) {
        if (added) {
            set.add(element);
        } else {
            set.remove(element);
        }
    }

    /** Whether this host has the address. */
    public boolean contains(IpAddress address) {
        if (addresses.contains(address)) {
            return true;
        }
        for (Prefix prefix : prefixes) {
            if (address.isIn(prefix.network, prefix.bits)) {
                return true;
            }
        }
        return false;
    }

    private boolean isForAll(IpAddress address) {
        boolean multicast = address.v6() ? address.high() >>> 56 == 0xff : address.low() >>> 28 == 0xe;
        boolean limited = !address.v6() && address.low() == 0xffff_ffffL;
        return multicast || limited || broadcasts.contains(address);
    }

    /**
     * Where a flow runs, by the addresses of this moment, from the address that began it and the one that it really reaches (after NAT).
     *
     * @return null where that cannot be told: the flow was taken up in the middle, or its source is the unspecified
     *     address
     */
    public Direction direction(FlowEvent event) throws LinuxException {
        update();
        IpAddress source = event.original().source();
        IpAddress destination = event.reply().source();
        if (event.midstream() || source.isUnspecified()) {
            return null;
        }
        boolean ours = contains(source);
        return Direction.of(ours, contains(destination) || !ours && isForAll(destination));
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
