// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import net.conntracklogger.history.query.TimeSpan;

/**
 * A span of time in which flows may be missing from the log.
 *
 * @param kind why
 * @param since begin, microseconds since the epoch; 0: unknown
 * @param until end, microseconds since the epoch; {@link Long#MAX_VALUE}: has not ended, or unknown
 * @param count number of flows or records that are missing; {@link #UNKNOWN} if nobody counted them
 * @param detail LOST_WHERE of a loss; otherwise what is affected, such as the name of a file; may be empty
 */
public record Gap(Kind kind, long since, long until, long count, String detail) {
    /** Stands for an unknown count. */
    public static final long UNKNOWN = -1;

    /** The cause of a gap. */
    public enum Kind {
        /** The service reported a loss (LOST_*). */
        LOST,
        /** No entry of the host arrived, although its service writes statistics regularly. */
        SILENT,
        /** The service did not run. */
        DOWN,
        /** Connection tracking was inactive. */
        UNTRACKED,
        /** journald dropped entries of the service by its rate limit. */
        SUPPRESSED,
        /** journald deleted entries before they were archived, or they were in a damaged file. */
        VACUUMED,
        /** The clock was set back: times of entries are not in order. */
        CLOCK_SET_BACK,
        /** The log has another number of flows than the service wrote (STAT_FLOWS). */
        MISCOUNTED,
        /** A file of the journal or of the archive is damaged, truncated or missing. */
        DAMAGED
    }

    /** Reports whether the gap has a moment in a span. */
    public boolean overlaps(TimeSpan span) {
        return span.overlaps(since, until);
    }
}
