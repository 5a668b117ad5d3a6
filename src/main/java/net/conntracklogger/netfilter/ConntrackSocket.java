// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.linux.netlink.NetlinkDatagram;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.rtnetlink.NetworkNamespaces;

/**
 * The kernel's events of new flows, of this network namespace or of all that have an id here, and of their ends if they are
 * wanted. Open it, then take events: as they come with {@link #await}, or with {@link #receive} after polling {@link #fd}
 * yourself. Needs CAP_NET_ADMIN. Not safe for use by several threads.
 *
 * <p>Events wait in the kernel until they are received. When its buffer is full the kernel drops them: {@link #lost}
 * counts those, exactly.
 */
public final class ConntrackSocket implements Closeable {
    private static final byte CONNTRACK = LibNetfilterConntrack.NFNL_SUBSYS_CTNETLINK;
    private static final int DATAGRAM_LENGTH = 64 * 1024;
    /** {@code linux/sock_diag.h}: SO_MEMINFO yields {@code u32[SK_MEMINFO_VARS]}, of which one counts drops. */
    private static final int SK_MEMINFO_VARS = 9;

    private static final int SK_MEMINFO_DROPS = 8;

    private final Pointer handle;
    private final int fd;
    private final FlowDecoder decoder = new FlowDecoder();
    private final NetlinkDatagram datagram = new NetlinkDatagram(DATAGRAM_LENGTH);
    private final NativeBuffer option = new NativeBuffer((SK_MEMINFO_VARS + 1) * Integer.BYTES);
    private final Poll poll;
    private final Optional<NetworkNamespaces> namespaces;

    private long malformed;
    private String lastMalformed = "";
    private boolean closed;

    private ConntrackSocket(Pointer handle, Optional<NetworkNamespaces> namespaces) {
        this.handle = handle;
        this.namespaces = namespaces;
        this.fd = nfct_fd(handle);
        this.poll = new Poll(fd);
    }

    /**
     * Joins the group of new flows.
     *
     * @param receiveBuffer size of the kernel's buffer in which events wait, as SO_RCVBUFFORCE takes it: the kernel
     *     doubles it (socket(7)), and an event takes some 1,280 bytes of that
     * @throws LinuxException where the kernel has no connection tracking, or refuses
     */
    public static ConntrackSocket open(int receiveBuffer) throws LinuxException {
        return open(receiveBuffer, /* ends= */ false, Optional.empty());
    }

    /**
     * Joins the group of new flows, and others.
     *
     * @param receiveBuffer as for {@link #open(int)}
     * @param ends that of the ends of flows too. What an end tells beside the tuple depends on the switches of
     *     {@link ConntrackSysctls}
     * @param namespaces tells by their ids those whose events are taken too, which needs CAP_NET_BROADCAST; it is left open.
     *     Empty: no others than this one's
     */
    public static ConntrackSocket open(int receiveBuffer, boolean ends, Optional<NetworkNamespaces> namespaces)
            throws LinuxException {
        Pointer handle = nfct_open(CONNTRACK, NF_NETLINK_CONNTRACK_NEW | (ends ? NF_NETLINK_CONNTRACK_DESTROY : 0));
        if (handle == null) {
            int errno = Native.getLastError();
            String hint = errno == Errno.EPERM ? "needs CAP_NET_ADMIN" : "is the module nf_conntrack_netlink loaded?";
            throw new LinuxException("subscribe to", "conntrack events", errno, hint);
        }
        ConntrackSocket socket = new ConntrackSocket(handle, namespaces);
        try {
            socket.setOption("set receive buffer of", LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, receiveBuffer);
            if (namespaces.isPresent()) {
                socket.setOption("listen everywhere to", LibC.SOL_NETLINK, NetlinkSocket.NETLINK_LISTEN_ALL_NSID, 1);
            }
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private void setOption(String operation, int level, int name, int value) throws LinuxException {
        option.bytes().putInt(0, value);
        if (LibC.setsockopt(fd, level, name, option.pointer(), Integer.BYTES) < 0) {
            String needs = name == NetlinkSocket.NETLINK_LISTEN_ALL_NSID ? "CAP_NET_BROADCAST" : "CAP_NET_ADMIN";
            throw LinuxException.last(operation, "conntrack events", "needs " + needs);
        }
    }

    /** The descriptor to poll for reading. It stays this object's. */
    public int fd() {
        return fd;
    }

    /**
     * Waits for the next event.
     *
     * @param milliseconds how long at most; negative is for ever
     * @return null where none came in that time
     */
    public FlowEvent await(int milliseconds) throws LinuxException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        while (true) {
            FlowEvent event = receive();
            if (event != null) {
                return event;
            }
            long left = deadline - System.nanoTime();
            if (milliseconds >= 0 && left <= 0) {
                return null;
            }
            // Rounded up: the last fraction of a millisecond is waited for too.
            poll.await(milliseconds < 0 ? -1 : (int) TimeUnit.NANOSECONDS.toMillis(left + 999_999));
        }
    }

    /**
     * Takes the next event without waiting. Messages that cannot be decoded are passed over and counted.
     *
     * @return null where none is there
     */
    public FlowEvent receive() throws LinuxException {
        while (true) {
            long length = datagram.receive(fd);
            if (length < 0) {
                int errno = Native.getLastError();
                if (errno == Errno.EAGAIN) {
                    if (namespaces.isPresent()) {
                        namespaces.get().drained();
                    }
                    return null;
                }
                // ENOBUFS: some were dropped, which lost() tells; those that wait are still to be had.
                if (errno != Errno.EINTR && errno != Errno.ENOBUFS) {
                    throw new LinuxException("receive", "conntrack events", errno, "");
                }
                continue;
            }
            try {
                int bytes = (int) Math.min(length, Integer.MAX_VALUE);
                FlowEvent event = decoder.decode(datagram.content(), 0, bytes, microseconds());
                if (event != null) {
                    return namespaces.isEmpty()
                            ? event
                            : event.in(namespaces.get().of(datagram.namespaceId()));
                }
            } catch (MalformedEventException e) {
                malformed++;
                lastMalformed = e.getMessage();
            }
        }
    }

    /** Events that the kernel dropped since {@link #open} because the buffer was full. Wraps at 2^32. */
    public long lost() throws LinuxException {
        int length = SK_MEMINFO_VARS * Integer.BYTES;
        option.bytes().putInt(length, length);
        if (LibC.getsockopt(
                        fd,
                        LibC.SOL_SOCKET,
                        LibC.SO_MEMINFO,
                        option.pointer(),
                        option.pointer().share(length))
                < 0) {
            throw LinuxException.last("read drop count of", "conntrack events", "");
        }
        return Integer.toUnsignedLong(option.bytes().getInt(SK_MEMINFO_DROPS * Integer.BYTES));
    }

    /** Messages since {@link #open} that could not be decoded. */
    public long malformed() {
        return malformed;
    }

    /** What was wrong with the last of those, or empty. */
    public String lastMalformed() {
        return lastMalformed;
    }

    private static long microseconds() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        nfct_close(handle);
        decoder.close();
        datagram.close();
        option.close();
        poll.close();
    }
}
