// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

/**
 * DNS answers and names that are missing, and answers that were ignored, since the start.
 *
 * @param malformed answers that were not understood
 * @param dropped answers that the kernel did not copy, because the ring buffer was full or the answer too long
 * @param displaced addresses whose names were dropped before the end of their TTL
 * @param unasked answers from port 53 that no question of the socket matched
 */
public record NameCounts(long malformed, long dropped, long displaced, long unasked) {
    /** Returns the sum of what is missing. */
    public long missing() {
        return malformed + dropped + displaced;
    }
}
