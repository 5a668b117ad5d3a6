// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.RawText;

/** A set of names, each of which stands for all names below, too. A hit compares every byte. Thread-safe once filled. */
final class NameSet {
    /** Bits of an offset; {@link EntryCount#MOST_NAME_BYTES} needs no more. */
    private static final int OFFSET_BITS = 25;

    private static final int OFFSET = (1 << OFFSET_BITS) - 1;

    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    /** Names one after the other, each behind a byte with its length. */
    private final byte[] bytes;

    private int end;
    /**
     * Places of names in {@link #bytes}, by hash. A name is at the place of its hash or behind it. A place has one more
     * than the offset of the name, below further bits of its hash, which spare most comparisons; 0: none. At most half
     * full.
     */
    private final int[] places;

    private final int capacity;
    private int size;
    /** Random, so that nobody can choose names whose places collide. */
    private final long seed;

    /**
     * Makes an empty set.
     *
     * @param nameBytes sum of {@link #bytesOf} of the names
     */
    NameSet(int names, int nameBytes, long seed) {
        this.seed = seed;
        capacity = names;
        bytes = new byte[nameBytes];
        places = new int[Math.max(Integer.highestOneBit(Math.max(names, 1)) << 2, 2)];
    }

    /** Returns how many bytes a name takes. */
    static int bytesOf(String name) {
        return 1 + name.length();
    }

    /** Reports whether the name does not fit. */
    boolean isFull(String name) {
        return size == capacity || end + bytesOf(name) > bytes.length;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a name of at most 253 characters, ASCII in lower case. */
    void add(String name) {
        RawText text = RawText.of(name);
        long hash = seed;
        for (int i = text.length() - 1; i >= 0; i--) {
            hash = next(hash, text.byteAt(i));
        }
        int place = place(hash);
        for (; places[place] != 0; place = place + 1 & places.length - 1) {
            if (isAt(places[place], text, 0, hash)) {
                return;
            }
        }
        places[place] = end + 1 | further(hash);
        bytes[end] = (byte) name.length();
        System.arraycopy(name.getBytes(StandardCharsets.US_ASCII), 0, bytes, end + 1, name.length());
        end += bytesOf(name);
        size++;
    }

    /** Reports whether the set has the name or one of its parents. */
    boolean contains(RawText name) {
        if (size == 0) {
            return false;
        }
        long hash = seed;
        // From the end, because the hash of each parent is then one on the way.
        for (int i = name.length() - 1; i >= 0; i--) {
            int value = name.byteAt(i);
            if (value == '.' && has(name, i + 1, hash)) {
                return true;
            }
            hash = next(hash, value);
        }
        return has(name, 0, hash);
    }

    private boolean has(RawText name, int from, long hash) {
        for (int place = place(hash); places[place] != 0; place = place + 1 & places.length - 1) {
            if (isAt(places[place], name, from, hash)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(int content, RawText name, int from, long hash) {
        if ((content & ~OFFSET) != further(hash)) {
            return false;
        }
        int offset = (content & OFFSET) - 1;
        int length = bytes[offset] & 0xff;
        if (length != name.length() - from) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[offset + 1 + i] != (byte) name.byteAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    private static long next(long hash, int value) {
        return Long.rotateLeft((hash ^ value) * FACTOR, 29);
    }

    private static int further(long hash) {
        return (int) (hash ^ hash >>> 40) << OFFSET_BITS;
    }

    private int place(long hash) {
        return (int) ((hash ^ hash >>> 32) * FACTOR >>> 32) & places.length - 1;
    }
}
