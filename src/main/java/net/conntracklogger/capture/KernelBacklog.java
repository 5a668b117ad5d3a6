// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

/**
 * Bounds how old the events are that the kernel holds. The kernel passes events on in the order in which they were sent, and
 * holds a bounded number. So all events were read that were sent before the kernel last held none, and all that were sent
 * before as many were read since as it can hold. Times are {@link System#nanoTime}. Not thread-safe.
 */
final class KernelBacklog {
    /**
     * Minimum memory of an event in bytes. A message has at least that of a {@code struct sk_buff}, and of the 512 bytes in
     * which the kernel allocates the smallest data.
     */
    private static final int SMALLEST_EVENT = 768;

    /** Maximum number of events that the kernel can hold. */
    private final long capacity;

    private long since;
    /** A time, and the number of events that were read since. The number is unknown until the kernel held none. */
    private long sampled;

    private long readSince = Long.MIN_VALUE;

    /**
     * Creates the bound.
     *
     * @param buffer bytes of the kernel's buffer, as socket(7) has them for SO_RCVBUF: the kernel doubles the number
     * @param since a time such that all events that the kernel holds were sent later
     */
    KernelBacklog(int buffer, long since) {
        this.capacity = 2L * buffer / SMALLEST_EVENT + 1;
        this.since = since;
    }

    /** Returns a time such that all events that the kernel holds were sent later. */
    long since() {
        return since;
    }

    /** Accounts for a time at which the kernel held no event. */
    void onEmpty(long now) {
        since = now;
        sampled = now;
        readSince = 0;
    }

    /**
     * Accounts for events that were read.
     *
     * @param now before they were read
     */
    void onRead(int events, long now) {
        if (readSince < 0) {
            return;
        }
        readSince += events;
        if (readSince >= capacity) {
            since = sampled;
            sampled = now;
            readSince = events;
        }
    }
}
