// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

/**
 * A reason other than a gap why a flow may be missing from the log.
 *
 * @param time point in time that belongs to it, microseconds since the epoch; ignored by kinds that have none
 * @param count a number that belongs to it; ignored by kinds that have none
 */
public record Doubt(Kind kind, long time, long count) {
    /** What is not certain. */
    public enum Kind {
        /** The log comes from elsewhere, so that the settings of the service are unknown. */
        OTHER_HOST,
        /** The configuration cannot be read. */
        CONFIGURATION_UNKNOWN,
        /** Nothing shows that the service ran after a time. */
        NOT_RUNNING,
        /** The service did not count its flows after a time. The log cannot be compared with a count there. */
        NOT_COUNTED,
        /** The configuration changed at a time in the span. */
        CONFIGURATION_CHANGED,
        /** Flows of some protocols are not logged. */
        PROTOCOLS,
        /** Rules exclude flows. */
        RULES,
        /** The service counted flows that it did not log. */
        EXCLUDED,
        /** The log has no begin of a flow. The service may log their ends alone. */
        NO_BEGINS,
        /** Flows are logged when they end. */
        ENDS_ONLY,
        /** Flows exist whose owner is unknown. */
        UNATTRIBUTED,
        /** Flows exist whose destination name is unknown. */
        UNNAMED,
        /** Summaries count flows, of which one may be meant. */
        SUMMARISED,
        /** The span lies in the future, or its flows may not be written yet. */
        NOT_YET
    }

    /** Returns a doubt that needs neither time nor count. */
    public static Doubt of(Kind kind) {
        return new Doubt(kind, 0, 0);
    }
}
