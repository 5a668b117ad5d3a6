// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.function.IntConsumer;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The segments of memory that hold the events. Positions grow for ever; a table in the memory names the segment of each
 * interval of positions. The lowest free segment is used first, so that events which are written soon use the same few
 * pages over and over. Not thread-safe.
 */
final class EventSegments {
    /** Length of a segment, and of the interval of positions that it holds, in bytes. A power of two. */
    static final int LENGTH = 128 << 10;
    /** Mark that the rest of the segment holds no event. It stands instead of the first four bytes of an event. */
    static final int UNUSED = -1;

    /** Number of intervals that the table can hold, one behind the other. A power of two. */
    private static final int SLOTS = 1024;

    static final int TABLE_LENGTH = SLOTS * Integer.BYTES;

    /** Number of segments whose memory stays when they are free. They are used all the time. */
    private static final int KEPT = 8;

    private final ByteBuffer table;
    private final ByteBuffer memory;
    private final int count;
    private final IntConsumer release;
    private final int[] segments = new int[SLOTS];
    private final BitSet used = new BitSet();

    /**
     * Uses no segment yet.
     *
     * @param table of {@link #TABLE_LENGTH} bytes, which outlive the process
     * @param memory whole segments, at most {@link #SLOTS}
     * @param release returns the memory of a segment to the host; its contents become zero
     */
    EventSegments(NativeBuffer table, NativeBuffer memory, IntConsumer release) {
        this.table = table.bytes();
        this.memory = memory.bytes();
        this.count = memory.size() / LENGTH;
        this.release = release;
    }

    /** Returns the offset of a position in the memory. */
    int at(long position) {
        return segments[slot(position)] * LENGTH + within(position);
    }

    /** Returns the offset of a position in its segment. */
    static int within(long position) {
        return (int) position & LENGTH - 1;
    }

    /** Returns the position at which the segment behind that of a position begins. */
    static long next(long position) {
        return position - within(position) + LENGTH;
    }

    private static int slot(long position) {
        return (int) (position / LENGTH) & SLOTS - 1;
    }

    /** Returns the number of free segments. */
    int free() {
        return count - used.cardinality();
    }

    /**
     * Returns the position of the next event, in a segment that has room for it. Call before the position is declared used.
     *
     * @param end position behind the last event
     * @param length of the next event, a multiple of eight up to {@link #LENGTH}
     */
    long place(long end, int length) {
        if (within(end) > 0 && within(end) + length <= LENGTH) {
            return end;
        }
        long begin = end;
        if (within(end) > 0) {
            memory.putInt(at(end), UNUSED);
            begin = next(end);
        }
        int segment = used.nextClearBit(0);
        if (segment == count) {
            throw new IllegalStateException("no room for another event");
        }
        use(begin, segment);
        table.putInt(slot(begin) * Integer.BYTES, segment);
        return begin;
    }

    private void use(long position, int segment) {
        segments[slot(position)] = segment;
        used.set(segment);
    }

    /** Frees the segments that lie between these positions, with that of the first. Call when no event is there. */
    void free(long from, long to) {
        for (long position = from; next(position) <= to; position = next(position)) {
            int segment = segments[slot(position)];
            used.clear(segment);
            if (segment >= KEPT) {
                release.accept(segment);
            }
        }
    }

    /**
     * Takes over the segments that an earlier process left. They hold the positions from {@code from}, included, to
     * {@code to}, excluded.
     */
    void recover(long from, long to) {
        for (long position = from - within(from); position < to; position = next(position)) {
            use(position, table.getInt(slot(position) * Integer.BYTES));
        }
    }
}
