// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.util.Arrays;
import net.conntracklogger.handover.HandoverMemory;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.netlink.NetlinkBatch;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * The messages that one system call received. They are kept until their entries are written. Those that an earlier
 * process left come first. Not thread-safe.
 */
final class EventBatch implements AutoCloseable {
    /** Result of {@link #fill}: the kernel held no message. */
    static final int EMPTY = -Errno.EAGAIN;
    /** Result of {@link #fill}: no message was received. There is no room until entries are written. */
    static final int FULL = 0;

    private static final int COUNT = HandoverMemory.RECEIVED;

    private final UnwrittenEvents events;
    private final NetlinkBatch received;
    /** Where the messages of the batch are kept, the next of them, and their number. */
    private final long[] positions = new long[COUNT];

    private int next;
    private int count;
    /** Where the messages are kept that an earlier process left, from {@code recovered} on. */
    private final long[] left;

    private int recovered;
    private boolean last;
    /** Whether the messages that wait may have been sent while no process read them. */
    private boolean waited;

    private long tooLong;
    private String lastTooLong = "";

    /** @param waited whether messages may wait in the socket that were sent while no process read them */
    EventBatch(UnwrittenEvents events, boolean waited) {
        this.events = events;
        this.waited = waited;
        received = new NetlinkBatch(COUNT, HandoverMemory.LONGEST_EVENT, events.receiveBuffers());
        left = recover();
    }

    /**
     * Returns the positions of the messages that the earlier process left. Those in the ring come first, then those
     * that it only received.
     */
    private long[] recover() {
        long[] inRing = events.left();
        long[] all = Arrays.copyOf(inRing, inRing.length + COUNT);
        int found = inRing.length;
        for (int i = events.appended(); i < COUNT && received.length(i) > 0; i++) {
            long position = append(i);
            if (position != UnwrittenEvents.NONE) {
                all[found++] = position;
            }
        }
        return Arrays.copyOf(all, found);
    }

    /**
     * Replaces the messages by those that wait.
     *
     * @return their number, {@link #EMPTY}, {@link #FULL} or {@code -errno}
     */
    int fill(NetlinkTransport transport, long notBefore, long around) {
        next = 0;
        count = 0;
        last = false;
        if (recovered < left.length) {
            count = Math.min(COUNT, left.length - recovered);
            System.arraycopy(left, recovered, positions, 0, count);
            recovered += count;
            return count;
        }
        events.release();
        if (isFull()) {
            return FULL;
        }
        received.clear();
        events.beginBatch(notBefore, around);
        if (waited) {
            events.forgetTime();
        }
        int result = receive(transport);
        for (int i = 0; i < result; i++) {
            long position = append(i);
            if (position != UnwrittenEvents.NONE) {
                positions[count++] = position;
            }
        }
        last = result < COUNT;
        waited &= !last;
        return result;
    }

    private int receive(NetlinkTransport transport) {
        while (true) {
            int result = transport.receive(received, LibC.MSG_DONTWAIT);
            // ENOBUFS announces dropped events, which the kernel counts.
            if (result != -Errno.EINTR && result != -Errno.ENOBUFS) {
                return result;
            }
        }
    }

    /** Returns {@link UnwrittenEvents#NONE} if the message did not fit its buffer. */
    private long append(int datagram) {
        int length = received.length(datagram);
        if (length > received.size()) {
            tooLong++;
            lastTooLong = "message of " + length + " bytes, longer than the buffer";
            events.skip();
            return UnwrittenEvents.NONE;
        }
        return events.append(
                received.content().bytes(), received.offset(datagram), length, received.namespaceId(datagram));
    }

    /** Goes on to the next message; reports whether there is one. */
    boolean next() {
        if (next == count) {
            return false;
        }
        next++;
        return true;
    }

    /** Returns where the message is kept that {@link #next} went on to. */
    long position() {
        return positions[next - 1];
    }

    /** Reports whether the kernel held no more messages. */
    boolean isLast() {
        return last;
    }

    /** Reports whether there is no room for a batch. */
    boolean isFull() {
        return !events.hasRoom(COUNT, HandoverMemory.LONGEST_EVENT);
    }

    /** Returns how many messages since the start did not fit their buffer. */
    long tooLong() {
        return tooLong;
    }

    /** Returns what was wrong with the last message that did not fit; empty if none. */
    String lastTooLong() {
        return lastTooLong;
    }

    @Override
    public void close() {
        received.close();
    }
}
