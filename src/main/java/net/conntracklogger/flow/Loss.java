// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Observations that were lost at one place within an interval.
 *
 * @param count number of observations, or {@link #UNKNOWN}
 * @param since begin of the interval, microseconds since the epoch. All earlier losses at this place are reported
 * @param until end of the interval, microseconds since the epoch
 */
public record Loss(Place place, long count, long since, long until) implements Observation {
    /** The number of observations is unknown, because nothing counted them. */
    public static final long UNKNOWN = -1;

    /** The place where observations are lost. */
    public enum Place {
        /** The receive buffer of the conntrack socket was full. */
        KERNEL("kernel"),
        /** The queue was full. */
        QUEUE("queue"),
        /** The journal or the output failed. */
        JOURNAL("journal"),
        /** A message of the kernel was malformed. */
        DECODE("decode"),
        /** The service did not run. */
        DOWN("down"),
        /** Conntrack sent no events. */
        OFF("off"),
        /** The conntrack table was full. */
        TABLE("table"),
        /** The record of the owner was evicted, or is in a map of another form. The flow itself is logged. */
        OWNER("owner");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        /** Returns the value of LOST_WHERE. */
        public String text() {
            return text;
        }
    }

    @Override
    public int retainedBytes() {
        return 64;
    }
}
