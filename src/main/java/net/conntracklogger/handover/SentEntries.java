// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import net.conntracklogger.linux.NativeBuffer;

/**
 * The {@code struct mmsghdr} of the entries that are sent together, with their numbers. The kernel stores the length of each
 * entry in its header when it has sent the entry ({@code __sys_sendmmsg()}), so that the headers tell what was sent even
 * if the process is killed during the call. Not thread-safe.
 */
public final class SentEntries {
    /** Maximum number of entries that are sent together. */
    public static final int BATCH = 64;
    /** struct mmsghdr {struct msghdr msg; unsigned int len}, padded to eight bytes. */
    public static final int HEADER_LENGTH = 64;

    private static final int LEN = 56;
    private static final int NUMBERS = BATCH * HEADER_LENGTH;
    static final int LENGTH = NUMBERS + BATCH * Long.BYTES;

    private final NativeBuffer memory;
    private final EntryNumbers numbers;

    SentEntries(NativeBuffer memory, EntryNumbers numbers) {
        this.memory = memory;
        this.numbers = numbers;
    }

    /** Returns headers that end with this process. */
    public static SentEntries ofThisProcess() {
        return new SentEntries(new NativeBuffer(LENGTH), EntryNumbers.NONE);
    }

    /** Returns the memory, which begins with the headers. */
    public NativeBuffer headers() {
        return memory;
    }

    /** Declares which number the entry of a header has. */
    public void setNumber(int header, long number) {
        memory.bytes().putLong(NUMBERS + header * Long.BYTES, number);
    }

    /** Frees the first headers for other entries. All entries up to the number of the last of them are sent or lost. */
    public void clear(int count) {
        if (count > 0) {
            long last = memory.bytes().getLong(NUMBERS + (count - 1) * Long.BYTES);
            numbers.setWritten(Math.max(numbers.written(), last));
            forget();
        }
    }

    private void forget() {
        for (int i = 0; i < BATCH; i++) {
            memory.bytes().putInt(i * HEADER_LENGTH + LEN, 0);
        }
    }

    /** Declares the entries written that the process before sent. */
    void recover() {
        long sent = numbers.written();
        for (int i = 0; i < BATCH; i++) {
            if (memory.bytes().getInt(i * HEADER_LENGTH + LEN) != 0) {
                sent = Math.max(sent, memory.bytes().getLong(NUMBERS + i * Long.BYTES));
            }
        }
        numbers.setWritten(sent);
        forget();
    }
}
