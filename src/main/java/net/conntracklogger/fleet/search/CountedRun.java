// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

/**
 * What a run of the service counted, by its entries of statistics about a span.
 *
 * @param begin the last count before the span, or the start of the run; {@code null}: the run has no entry
 * @param end the first count after the span, or the last of the run
 * @param interval mean time between two counts, in microseconds; 0: there is one
 */
public record CountedRun(Count begin, Count end, Count last, long interval) {
    /**
     * Counts since the service started.
     *
     * @param time when it counted, microseconds since the epoch
     * @param flows entries of flows
     * @param excluded events that the configuration excludes
     * @param aggregated events that summaries count
     */
    public record Count(long time, long flows, long excluded, long aggregated) {}

    /** Returns the number of flows between begin and end. */
    public long flows() {
        return end.flows() - begin.flows();
    }

    /** Returns the number of excluded events between begin and end. */
    public long excluded() {
        return end.excluded() - begin.excluded();
    }

    /** Returns the number of events between begin and end that summaries count, written or not. */
    public long aggregated() {
        return end.aggregated() - begin.aggregated();
    }
}
