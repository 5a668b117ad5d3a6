// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

/**
 * Keeps searches that grow with the number of processes or sockets from taking the time that reading events needs:
 * they may use half of it, in bursts of at most half a second. What is refused is said in the record.
 */
public final class SearchBudget {
    private static final long CEILING = 500_000_000;

    private long nanoseconds = CEILING;
    private long lastRefill = System.nanoTime();

    /** Whether a search may start now. */
    public boolean allows() {
        long now = System.nanoTime();
        nanoseconds = Math.min(CEILING, nanoseconds + (now - lastRefill) / 2);
        lastRefill = now;
        return nanoseconds > 0;
    }

    /** Accounts for a search that began at this {@link System#nanoTime()}. */
    public void spend(long since) {
        nanoseconds -= System.nanoTime() - since;
    }
}
