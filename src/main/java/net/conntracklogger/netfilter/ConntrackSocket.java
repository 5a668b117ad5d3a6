// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.handover.HandoverMemory;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;
import net.conntracklogger.netfilter.tracking.ConntrackSysctls;
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
    public static final int BATCH = HandoverMemory.RECEIVED;

    private final NetlinkTransport transport;
    private final FlowDecoder decoder = new FlowDecoder();
    private final UnwrittenEvents events;
    private final EventBatch batch;
    private boolean drained;
    private final Poll poll;
    private final Optional<NetworkNamespaces> namespaces;

    /**
     * Memory that ends with this socket; null if the caller keeps the events. If present, the socket keeps no event
     * that was returned.
     */
    private final HandoverMemory own;

    private long malformed;
    private String lastMalformed = "";

    /** @param adopted whether events may have waited in the socket of an earlier process */
    ConntrackSocket(
            NetlinkTransport transport,
            Optional<NetworkNamespaces> namespaces,
            UnwrittenEvents events,
            HandoverMemory own,
            boolean adopted) {
        this.transport = transport;
        this.namespaces = namespaces;
        this.events = events;
        this.own = own;
        this.poll = new Poll(transport.fd());
        batch = new EventBatch(events, adopted);
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
        HandoverMemory own = HandoverMemory.create();
        try {
            return open(Optional.empty(), receiveBuffer, ends, namespaces, own.events(), own);
        } catch (LinuxException e) {
            own.close();
            throw e;
        }
    }

    /**
     * Opens a socket, or takes over that of an earlier process. A socket is opened as
     * {@link #open(int, boolean, Optional)} does. A socket that is taken over keeps the events that wait in it.
     *
     * @param former the socket of an earlier process; empty to open one
     * @param events keeps the events until the caller declares their entries written. Those that an earlier process left come
     *     first
     */
    public static ConntrackSocket open(
            Optional<NetlinkSocket> former,
            int receiveBuffer,
            boolean ends,
            Optional<NetworkNamespaces> namespaces,
            UnwrittenEvents events)
            throws LinuxException {
        return open(former, receiveBuffer, ends, namespaces, events, /* own= */ null);
    }

    private static ConntrackSocket open(
            Optional<NetlinkSocket> former,
            int receiveBuffer,
            boolean ends,
            Optional<NetworkNamespaces> namespaces,
            UnwrittenEvents events,
            HandoverMemory own)
            throws LinuxException {
        NetlinkSocket socket = ConntrackGroups.join(former, receiveBuffer, ends, namespaces.isPresent());
        return new ConntrackSocket(socket, namespaces, events, own, former.isPresent());
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
        while (event == null && fill(0, 0) > 0) {
            event = next();
        }
        return event;
    }

    /**
     * Takes the messages that wait, at most {@link #BATCH}, for {@link #next} to decode. Drops those of the batch before.
     *
     * @param notBefore a {@link System#nanoTime} at which the kernel held no message
     * @param around a {@link System#nanoTime} near that at which the messages were sent
     * @return their number; 0 also if {@link #isFull}
     */
    public int fill(long notBefore, long around) throws LinuxException {
        int received = batch.fill(transport, notBefore, around);
        if (received == EventBatch.EMPTY) {
            namespaces.ifPresent(NetworkNamespaces::drained);
        } else if (received < 0 && received != EventBatch.FULL) {
            throw new LinuxException("receive", ConntrackGroups.NAME, -received, "");
        }
        // The names of namespaces may change once nothing waits, which only an empty batch shows.
        drained = received == EventBatch.EMPTY || batch.isLast() && namespaces.isEmpty();
        return Math.max(received, 0);
    }

    /** Reports whether the kernel held no more events when the last {@link #fill} returned. */
    public boolean isDrained() {
        return drained;
    }

    /** Reports whether no event can be taken until entries are written. Events wait in the kernel then. */
    public boolean isFull() {
        return batch.isFull();
    }

    /** Returns the next event that {@link #fill} took; null if there is none. */
    public FlowEvent next() throws LinuxException {
        while (batch.next()) {
            long position = batch.position();
            FlowEvent event = decode(position);
            if (event == null || own != null) {
                events.settle(position);
            }
            if (event != null) {
                return namespaces.isEmpty() ? event : event.in(namespaces.get().of(events.namespace(position)));
            }
        }
        return null;
    }

    /** Returns where the event is kept that {@link #next} returned last. */
    public long position() {
        return batch.position();
    }

    /** Returns a {@link System#nanoTime} after which the event was sent that {@link #next} returned last. */
    public long notBefore() {
        return events.notBefore(position());
    }

    /** Returns a {@link System#nanoTime} near that at which the event was sent that {@link #next} returned last. */
    public long around() {
        return events.around(position());
    }

    /** Declares that an event at a position needs no entry. */
    public void settle(long position) {
        events.settle(position);
    }

    /** Returns null if the message is no event of this kind, or malformed. */
    private FlowEvent decode(long position) {
        try {
            return decoder.decode(
                    events.ring(), events.offset(position), events.length(position), events.received(position));
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
        return malformed + batch.tooLong();
    }

    /** Returns why the last malformed message could not be decoded, or an empty string. */
    public String lastMalformed() {
        return lastMalformed.isEmpty() ? batch.lastTooLong() : lastMalformed;
    }

    @Override
    public void close() {
        transport.close();
        decoder.close();
        batch.close();
        poll.close();
        if (own != null) {
            own.close();
        }
    }
}
