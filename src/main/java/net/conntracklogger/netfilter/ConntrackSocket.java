// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.LibNetfilterConntrack.NF_NETLINK_CONNTRACK_DESTROY;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.NF_NETLINK_CONNTRACK_NEW;

import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.linux.netlink.NetlinkBatch;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;
import net.conntracklogger.rtnetlink.NetworkNamespaces;

/**
 * Receives the kernel's conntrack events: new flows and, on request, ended flows. Covers this network namespace, or all
 * that have an id in it. Open it, then take events with {@link #await}, or with {@link #receive} whenever {@link #fd}
 * is readable. Needs CAP_NET_ADMIN. Not thread-safe.
 *
 * <p>Events wait in the kernel until they are received. If its buffer is full the kernel drops them; {@link #dropped} counts
 * the dropped events exactly.
 */
public final class ConntrackSocket implements Closeable {
    /** Maximum number of events that one system call receives. */
    public static final int BATCH = 64;
    /** Maximum number of bytes; an event takes several hundred. */
    private static final int DATAGRAM_LENGTH = 8 * 1024;

    private final NetlinkTransport transport;
    private final FlowDecoder decoder = new FlowDecoder();
    private final NetlinkBatch batch = new NetlinkBatch(BATCH, DATAGRAM_LENGTH);
    private int received;
    private int decoded;
    private long receivedMicros;
    private final Poll poll;
    private final Optional<NetworkNamespaces> namespaces;

    private long malformed;
    private String lastMalformed = "";

    ConntrackSocket(NetlinkTransport transport, Optional<NetworkNamespaces> namespaces) {
        this.transport = transport;
        this.namespaces = namespaces;
        this.poll = new Poll(transport.fd());
    }

    /**
     * Joins the multicast group of new flows.
     *
     * @param receiveBuffer bytes of the kernel's buffer in which events wait, as SO_RCVBUFFORCE takes them: the kernel doubles
     *     the number (socket(7)), and an event takes some 1,280 bytes of the result
     * @throws LinuxException if the kernel has no connection tracking or refuses
     */
    public static ConntrackSocket open(int receiveBuffer) throws LinuxException {
        return open(receiveBuffer, /* ends= */ false, Optional.empty());
    }

    /**
     * Joins multicast groups of conntrack.
     *
     * @param receiveBuffer as for {@link #open(int)}
     * @param ends whether to receive the ends of flows too; {@link ConntrackSysctls} decide what an end holds besides
     *     the tuples
     * @param namespaces identifies the other network namespaces whose events are received too, which needs
     *     CAP_NET_BROADCAST; stays open. If empty, only events of this namespace are received
     */
    public static ConntrackSocket open(int receiveBuffer, boolean ends, Optional<NetworkNamespaces> namespaces)
            throws LinuxException {
        NetlinkSocket socket = join(NF_NETLINK_CONNTRACK_NEW | (ends ? NF_NETLINK_CONNTRACK_DESTROY : 0));
        try {
            socket.setReceiveBuffer(receiveBuffer);
            if (namespaces.isPresent()) {
                socket.listenToAllNamespaces();
            }
            return new ConntrackSocket(socket, namespaces);
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private static NetlinkSocket join(int groups) throws LinuxException {
        try {
            return NetlinkSocket.open("conntrack events", NetlinkSocket.NETLINK_NETFILTER, groups);
        } catch (LinuxException e) {
            boolean refused = e.errno() == Errno.EPERM;
            String remedy = refused ? "needs CAP_NET_ADMIN" : "is the module nf_conntrack_netlink loaded?";
            throw new LinuxException("subscribe to", "conntrack events", e.errno(), remedy);
        }
    }

    /** Returns the descriptor to poll for reading; {@link #close} closes it. */
    public int fd() {
        return transport.fd();
    }

    /**
     * Waits for the next event.
     *
     * @param milliseconds how long at most; negative waits without limit
     * @return null if none came in that time
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
            // Rounds up, to wait for the last fraction of a millisecond too.
            poll.await(milliseconds < 0 ? -1 : (int) TimeUnit.NANOSECONDS.toMillis(left + 999_999));
        }
    }

    /**
     * Takes the next event without waiting. Counts and skips messages that cannot be decoded.
     *
     * @return null if no event waits
     */
    public FlowEvent receive() throws LinuxException {
        FlowEvent event = next();
        while (event == null && fill() > 0) {
            event = next();
        }
        return event;
    }

    /**
     * Takes the messages that wait, at most {@link #BATCH}, for {@link #next} to decode. Drops those of the batch before.
     *
     * @return their number
     */
    public int fill() throws LinuxException {
        decoded = 0;
        received = 0;
        while (received == 0) {
            int count = transport.receive(batch, LibC.MSG_DONTWAIT);
            if (count == -Errno.EAGAIN) {
                if (namespaces.isPresent()) {
                    namespaces.get().drained();
                }
                return 0;
            }
            // ENOBUFS announces dropped events, which dropped() counts.
            if (count < 0 && count != -Errno.EINTR && count != -Errno.ENOBUFS) {
                throw new LinuxException("receive", "conntrack events", -count, "");
            }
            received = Math.max(count, 0);
        }
        receivedMicros = EpochMicros.now();
        return received;
    }

    /** Reports whether the kernel held no more events when the last {@link #fill} returned. */
    public boolean isDrained() {
        // The names of namespaces may change once nothing waits, which only an empty batch shows.
        return received == 0 || received < BATCH && namespaces.isEmpty();
    }

    /** Returns the next event that {@link #fill} took; null if there is none. */
    public FlowEvent next() throws LinuxException {
        while (decoded < received) {
            int datagram = decoded++;
            FlowEvent event = decode(datagram);
            if (event != null) {
                return namespaces.isEmpty() ? event : event.in(namespaces.get().of(batch.namespaceId(datagram)));
            }
        }
        return null;
    }

    /** Returns null if the message is no event of this kind, or malformed. */
    private FlowEvent decode(int datagram) {
        try {
            int length = batch.length(datagram);
            if (length > batch.size()) {
                throw new MalformedEventException("message of " + length + " bytes, longer than the buffer");
            }
            return decoder.decode(batch.content(), batch.offset(datagram), length, receivedMicros);
        } catch (MalformedEventException | RuntimeException e) {
            malformed++;
            lastMalformed = String.valueOf(e.getMessage());
            return null;
        }
    }

    /** Returns how many events the kernel has dropped since {@link #open} because the buffer was full. Wraps at 2^32. */
    public long dropped() throws LinuxException {
        return transport.dropped();
    }

    /** Returns how many messages since {@link #open} could not be decoded. */
    public long malformed() {
        return malformed;
    }

    /** Returns what was wrong with the last message that could not be decoded, or an empty string. */
    public String lastMalformed() {
        return lastMalformed;
    }

    @Override
    public void close() {
        transport.close();
        decoder.close();
        batch.close();
        poll.close();
    }
}
