// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The events that were read and whose entries are not written yet, as the kernel sent them: a ring in memory that outlives the
 * process. An event has a position, which stays the same until its entry is written. Not thread-safe, except for what
 * {@link EntryNumbers} has.
 *
 * <p>The kernel receives into that memory too. So an event is in the socket, among the received ones, or in the ring, whenever
 * the process is killed. Its number in the order of all events tells whether a received event is in the ring already.
 */
public final class UnwrittenEvents implements EntryNumbers {
    /** A position that no event has. */
    public static final long NONE = -1;

    /** The layout of an event: length of the message, its network namespace, times, entry, number, message. */
    private static final int NAMESPACE = 4;

    private static final int RECEIVED = 8;
    private static final int NOT_BEFORE = 16;
    private static final int AROUND = 24;
    private static final int ENTRY = 32;
    private static final int NUMBER = 40;
    private static final int MESSAGE = 48;

    /** Value of the entry of an event that needs none, or whose entry is written. */
    private static final long SETTLED = -1;
    /** Instead of a length: the next event is at the beginning of the ring. */
    private static final int WRAPPED = -1;
    /** Depth from which on an empty ring returns its memory, in bytes. */
    private static final int DEEP = 1 << 20;

    private final HandoverMemory memory;
    private final NativeBuffer ring;
    private final ByteBuffer bytes;
    private final int capacity;
    private long head;
    private long tail;
    private long deepest;
    private long[] left = {};

    UnwrittenEvents(HandoverMemory memory, NativeBuffer ring) {
        this.memory = memory;
        this.ring = ring;
        this.bytes = ring.bytes();
        this.capacity = ring.size();
        head = memory.head().get();
        tail = Math.max(head, memory.tail().get());
    }

    /** Returns the memory into which the kernel receives. It holds what the process before received, and must not be cleared. */
    public NativeBuffer receiveBuffers() {
        return memory.receiveBuffers();
    }

    /** Returns the memory of the ring, for native calls. */
    public NativeBuffer ring() {
        return ring;
    }

    /** Reports whether events of so many bytes fit, each of at most {@code longest} bytes. */
    public boolean hasRoom(int count, int longest) {
        return tail - head + (long) (count + 1) * (longest + MESSAGE) <= capacity;
    }

    /**
     * Declares that the messages received so far are in the ring, and that more will be received.
     *
     * @param notBefore the kernel held no event at this {@link System#nanoTime}, so that these are younger
     * @param around a {@link System#nanoTime} near that of the events
     */
    public void beginBatch(long notBefore, long around) {
        memory.base().set(memory.base().get() + memory.appended().get());
        memory.appended().set(0);
        memory.batchTime().set(EpochMicros.now());
        memory.notBefore().set(notBefore);
        memory.around().set(around);
    }

    /** Returns what {@link #beginBatch} declared last, by this process or the one before. */
    public long lastNotBefore() {
        return memory.notBefore().get();
    }

    /** Returns how many of the messages that were received last are in the ring. */
    public int appended() {
        return (int) memory.appended().get();
    }

    /**
     * Appends the next of the messages that were received last.
     *
     * @return its position
     */
    public long append(ByteBuffer from, int offset, int length, int namespace) {
        int room = MESSAGE + aligned(length);
        int at = (int) (tail % capacity);
        if (at + room > capacity) {
            bytes.putInt(at, WRAPPED);
            tail += capacity - at;
            at = 0;
        }
        long number = memory.appended().get();
        bytes.putInt(at, length).putInt(at + NAMESPACE, namespace);
        bytes.putLong(at + RECEIVED, memory.batchTime().get());
        bytes.putLong(at + NOT_BEFORE, memory.notBefore().get());
        bytes.putLong(at + AROUND, memory.around().get());
        bytes.putLong(at + ENTRY, 0).putLong(at + NUMBER, memory.base().get() + number);
        bytes.put(at + MESSAGE, from, offset, length);
        long position = tail;
        tail += room;
        deepest = Math.max(deepest, tail);
        memory.tail().set(tail);
        memory.appended().set(number + 1);
        return position;
    }

    /** Leaves out the next of the messages that were received last. */
    public void skip() {
        memory.appended().set(memory.appended().get() + 1);
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

    /** Returns when a message was received, in microseconds since the epoch. */
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
        return (int) (position % capacity);
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

    private SharedLong entry(long position) {
        return new SharedLong(bytes, at(position) + ENTRY);
    }

    @Override
    public void setWritten(long entry) {
        memory.written().set(entry);
    }

    @Override
    public long written() {
        return memory.written().get();
    }

    /** Frees the room of the oldest events, as far as their entries are written. */
    public void release() {
        long written = written();
        long before = head;
        while (head < tail && isSettled(head, written)) {
            head = next(head);
        }
        if (head != before) {
            memory.head().set(head);
        }
        if (head == tail && head > 0) {
            empty();
        }
    }

    private boolean isSettled(long position, long written) {
        if (bytes.getInt(at(position)) == WRAPPED) {
            return true;
        }
        long entry = entry(position).get();
        return entry == SETTLED || entry != 0 && entry <= written;
    }

    private long next(long position) {
        int at = at(position);
        int length = bytes.getInt(at);
        return length == WRAPPED ? position + capacity - at : position + MESSAGE + aligned(length);
    }

    private static int aligned(int length) {
        return (length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }

    /** Lets the ring begin anew, so that it takes no more memory than it has to. */
    private void empty() {
        tail = 0;
        head = 0;
        memory.tail().set(0); // until the next store the head is behind the tail, which also means empty
        memory.head().set(0);
        if (deepest > DEEP) {
            memory.releaseRing();
        }
        deepest = 0;
    }

    /** Returns the positions of the events in the ring that the process before left, whose entries are not written. */
    public long[] left() {
        return left;
    }

    /** Finds the events that the process before left. Called before any entry of this process is written. */
    void recover() {
        long written = written();
        int count = 0;
        long last = NONE;
        for (long position = head; position < tail; position = next(position)) {
            if (bytes.getInt(at(position)) == WRAPPED) {
                continue;
            }
            last = position;
            if (isSettled(position, written)) {
                settle(position);
                continue;
            }
            entry(position).set(0); // its number may be given to another entry
            left = count == left.length ? Arrays.copyOf(left, 2 * count + 1) : left;
            left[count++] = position;
        }
        deepest = tail;
        if (last != NONE) {
            long appended = bytes.getLong(at(last) + NUMBER) - memory.base().get() + 1;
            memory.appended().set(Math.max(memory.appended().get(), appended));
        }
        left = Arrays.copyOf(left, count);
    }
}
