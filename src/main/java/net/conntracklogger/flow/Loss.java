// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Records that were lost.
 *
 * @param count how many
 * @param since since when none was lost there, microseconds since the epoch
 * @param until up to when this counts
 */
public record Loss(Place place, long count, long since, long until) implements Observation {

    /** Where. */
    public enum Place {
        /** The kernel had no room in the receive buffer. */
        KERNEL("kernel"),
        /** The queue before the journal was full. */
        QUEUE("queue"),
        /** The journal, or the output, did not take it. */
        JOURNAL("journal"),
        /** The message could not be decoded. */
        DECODE("decode");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    @Override
    public int retainedBytes() {
        return 64;
    }
}
