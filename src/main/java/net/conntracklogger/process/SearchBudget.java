// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.util.concurrent.TimeUnit;

/**
 * Limits searches whose cost grows with the number of processes or sockets. Reading events needs the time. A flow without its
 * search has the reason {@code search-limit}. Not thread-safe.
 */
public final class SearchBudget {
    private final int parts;
    private final long burst;
    private long nanoseconds;
    private long lastRefill = System.nanoTime();

    /** Allows searches half of the time, in bursts of at most half a second. */
    public SearchBudget() {
        this(2);
    }

    /**
     * Allows searches a part of the time. A burst takes at most that part of a second.
     *
     * @param parts number of parts of which searches take one
     */
    public SearchBudget(int parts) {
        this.parts = parts;
        this.burst = TimeUnit.SECONDS.toNanos(1) / parts;
        this.nanoseconds = burst;
    }

    /** Reports whether a search may start now. */
    public boolean allows() {
        long now = System.nanoTime();
        nanoseconds = Math.min(burst, nanoseconds + (now - lastRefill) / parts);
        lastRefill = now;
        return nanoseconds > 0;
    }

    /** Deducts a search that began at this {@link System#nanoTime()}. */
    public void spend(long since) {
        nanoseconds -= System.nanoTime() - since;
    }
}
