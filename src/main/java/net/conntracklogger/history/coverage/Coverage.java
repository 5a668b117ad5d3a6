// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import java.util.List;

/**
 * How far the log can be relied on.
 *
 * @param since time of the oldest entry of the service that is still there, microseconds since the epoch;
 *     {@link Long#MAX_VALUE}: there is none
 * @param until time of its most recent entry, of any kind; 0: there is none
 * @param archivedSince time of the archive's oldest flow; {@link Long#MAX_VALUE}: nothing is archived
 * @param archivedUntil all entries up to this time are archived; 0: nothing is archived
 * @param running whether the service was running at {@code until}, by the most recent start or stop that the log has
 * @param countedUntil time of the service's last count of flows (STAT_FLOWS); 0: there is none
 * @param gaps gaps that overlap the span asked for, in the order of their begin
 */
public record Coverage(
        long since,
        long until,
        long archivedSince,
        long archivedUntil,
        boolean running,
        long countedUntil,
        List<Gap> gaps) {

    public Coverage {
        gaps = List.copyOf(gaps);
    }

    /** Reports whether the log reaches back to a time. */
    public boolean reaches(long time) {
        return since <= time;
    }
}
