// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The events that were read, but whose entries are not written yet. They stand as the kernel sent them, in memory that
 * outlives the process. An event has a position, which stays the same until its entry is written. Not thread-safe,
 * except for what {@link EntryNumbers} has.
 *
 * <p>The kernel receives into that memory too. So an event is in the socket, among the received ones, or in the ring, whenever
 * the process is killed. Its number in the order of all events tells whether a received event is in the ring already.
 */
public final class UnwrittenEvents implements EntryNumbers {
    /** A position that no event has. */
    public static final long NONE = -1;

    /**
     * Offset in an event, which begins with the length of its message. Network namespace, times, entry, number and
     * message follow.
     */
    private static final int NAMESPACE = 4;

    private static final int RECEIVED = 8;
    private static final int NOT_BEFORE = 16;
    private static final int AROUND = 24;
    private static final int ENTRY = 32;
    private static final int NUMBER = 40;
    private static final int MESSAGE = 48;

    /** Value of the entry of an event that needs none, or whose entry is written. Less: a mark of {@link SummarisedFlows}. */
    private static final long SETTLED = -1;

    private final SummarisedFlows summarised;
    private final NativeBuffer received;
    private final NativeBuffer ring;
    private final ByteBuffer bytes;
    private final EventSegments segments;
    private final SharedLong sharedHead;
    private final SharedLong sharedTail;
    private final SharedLong written;
    private final ReceivedBatch batch;
    /** Of the oldest event, and behind the youngest. */
    private long head;

    private long tail;
    private long[] left = {};
    private FlowSummary summarisedBefore;

    UnwrittenEvents(HandoverMemory memory, NativeBuffer ring, EventSegments segments) {
        this.received = memory.receiveBuffers();
        summarised = memory.summarised();
        this.ring = ring;
        this.segments = segments;
        bytes = ring.bytes();
        sharedHead = memory.head();
        sharedTail = memory.tail();
        written = memory.written();
        batch = new ReceivedBatch(memory);
        head = sharedHead.get();
        tail = sharedTail.get();
        segments.recover(head, tail);
        summarisedBefore = summarised.rest(/* until= */ 0);
    }

    /** Returns the memory into which the kernel receives. It holds what the process before received, and must not be cleared. */
    public NativeBuffer receiveBuffers() {
        return received;
    }

    /** Returns the memory of the ring, for native calls. */
    public NativeBuffer ring() {
        return ring;
    }

    /** Reports whether so many events fit, each of at most {@code longest} bytes. */
    public boolean hasRoom(int count, int longest) {
        int room = MESSAGE + aligned(longest);
        // A segment may have an unused rest that is too short for an event.
        return (long) segments.free() * (EventSegments.LENGTH - room) >= (long) count * room;
    }

    /**
     * Declares that the received messages are in the ring, and that more will be received.
     *
     * @param empty the kernel held no event at this {@link System#nanoTime}, so that these are younger
     * @param near a {@link System#nanoTime} near that of the events
     */
    public void beginBatch(long empty, long near) {
        batch.begin(empty, near);
    }

    /** Returns what {@link #beginBatch} declared last, by this process or the one before. */
    public long lastNotBefore() {
        return batch.notBefore();
    }

    /** Declares that the messages received next are of unknown age. They waited while no process read them. */
    public void forgetTime() {
        batch.forgetTime();
    }

    /**
     * Returns a {@link System#nanoTime} before all events that the process before left. Events that wait in its socket
     * are later, too.
     */
    public long notBeforeAll() {
        return left.length == 0 ? lastNotBefore() : Math.min(lastNotBefore(), notBefore(left[0]));
    }

    /** Returns how many of the messages that were received last are in the ring. */
    public int appended() {
        return batch.done();
    }

    /**
     * Appends the next of the messages that were received last.
     *
     * @return its position
     */
    public long append(ByteBuffer from, int offset, int length, int namespace) {
        int room = MESSAGE + aligned(length);
        tail = segments.place(tail, room);
        int at = at(tail);
        bytes.putInt(at, length).putInt(at + NAMESPACE, namespace);
        bytes.putLong(at + RECEIVED, batch.time());
        bytes.putLong(at + NOT_BEFORE, batch.notBefore());
        bytes.putLong(at + AROUND, batch.around());
        bytes.putLong(at + ENTRY, 0).putLong(at + NUMBER, batch.next());
        bytes.put(at + MESSAGE, from, offset, length);
        long position = tail;
        tail += room;
        sharedTail.set(tail);
        batch.pass();
        return position;
    }

    /** Leaves out the next of the messages that were received last. */
    public void skip() {
        batch.pass();
    }

    /** Returns the offset of a message in the ring. */
    public int offset(long position) {
        return at(position) + MESSAGE;
    }

    /** Returns the length of a message. */
    public int length(long position) {
        return bytes.getInt(at(position));
    }

    /** Returns the network namespace of a message, as it was appended. */
    public int namespace(long position) {
        return bytes.getInt(at(position) + NAMESPACE);
    }

    /** Returns when a message was received, in microseconds since the epoch. Returns 0 if it was sent much earlier. */
    public long received(long position) {
        return bytes.getLong(at(position) + RECEIVED);
    }

    /** Returns what {@link #beginBatch} declared about a message. */
    public long notBefore(long position) {
        return bytes.getLong(at(position) + NOT_BEFORE);
    }

    /** Returns what {@link #beginBatch} declared about a message. */
    public long around(long position) {
        return bytes.getLong(at(position) + AROUND);
    }

    private int at(long position) {
        return segments.at(position);
    }

    @Override
    public void assign(long position, long entry) {
        if (position != NONE) {
            entry(position).set(entry);
        }
    }

    @Override
    public void settle(long position) {
        assign(position, SETTLED);
    }

    @Override
    public void summarise(long position, boolean end, long began) {
        summarised.include(began);
        long mark = summarised.mark(end);
        assign(position, mark);
        summarised.count(mark);
    }

    @Override
    public void setSummarisedSince(long began) {
        summarised.setSince(began);
    }

    @Override
    public boolean assignSummary(long entry, FlowSummary summary) {
        return summarised.add(entry, written(), summary);
    }

    /** Returns what the process before counted in summaries that were not written. */
    public FlowSummary summarisedBefore() {
        return summarisedBefore;
    }

    private SharedLong entry(long position) {
        return new SharedLong(bytes, at(position) + ENTRY);
    }

    @Override
    public void setWritten(long entry) {
        written.set(entry);
    }

    @Override
    public long written() {
        return written.get();
    }

    /** Frees the room of the oldest events, as far as their entries are written. */
    public void release() {
        long until = written();
        long before = head;
        while (head < tail && isSettled(head, until)) {
            head = next(head);
        }
        if (head != before) {
            sharedHead.set(head); // first, so that no process looks for events in a segment that is free
            segments.free(before, head);
        }
    }

    private boolean isSettled(long position, long until) {
        if (bytes.getInt(at(position)) == EventSegments.UNUSED) {
            return true;
        }
        long entry = entry(position).get();
        return entry == SETTLED || entry != 0 && entry <= until;
    }

    private long next(long position) {
        int length = length(position);
        return length == EventSegments.UNUSED ? EventSegments.next(position) : position + MESSAGE + aligned(length);
    }

    private static int aligned(int length) {
        return (length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }

    /** Returns the positions of events in the ring that the process before left unwritten. */
    public long[] left() {
        return left;
    }

    /** Finds the events that the process before left. Called before any entry of this process is written. */
    void recover() {
        long until = written();
        int count = 0;
        long last = NONE;
        for (long position = head; position < tail; position = next(position)) {
            if (length(position) == EventSegments.UNUSED) {
                continue;
            }
            last = position;
            if (isSettled(position, until)) {
                summarised.count(entry(position).get());
                settle(position);
                continue;
            }
            entry(position).set(0); // its number may be given to another entry
            left = count == left.length ? Arrays.copyOf(left, 2 * count + 1) : left;
            left[count++] = position;
        }
        if (last != NONE) {
            batch.passUpTo(bytes.getLong(at(last) + NUMBER));
        }
        left = Arrays.copyOf(left, count);
        summarised.recover(until);
        summarisedBefore = summarised.rest(batch.time());
    }
}
