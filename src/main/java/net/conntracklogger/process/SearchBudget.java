// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

/**
 * Limits searches whose cost grows with the number of processes or sockets. Reading events needs the time: searches
 * take at most half of it, in bursts of at most half a second. A flow without its search has the reason
 * {@code search-limit}. Not thread-safe.
 */
public final class SearchBudget {
    private static final long MAX_BURST_NANOS = 500_000_000;

    private long nanoseconds = MAX_BURST_NANOS;
    private long lastRefill = System.nanoTime();

    /** Reports whether a search may start now. */
    public boolean allows() {
        long now = System.nanoTime();
        nanoseconds = Math.min(MAX_BURST_NANOS, nanoseconds + (now - lastRefill) / 2);
        lastRefill = now;
        return nanoseconds > 0;
    }

    /** Deducts a search that began at this {@link System#nanoTime()}. */
    public void spend(long since) {
        nanoseconds -= System.nanoTime() - since;
    }
}
