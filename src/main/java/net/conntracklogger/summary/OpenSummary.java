// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowSummary;

/** A summary that grows. Not thread-safe. */
final class OpenSummary {
    private CommonValues common;
    private long count;
    private long ends;
    private long first;
    private long last;
    private FlowEnd sums;

    /**
     * Counts a flow.
     *
     * @param asEnd whether it is the end of a flow that is counted, or logged, besides
     */
    void add(AttributedFlow flow, boolean asEnd) {
        common = common == null ? CommonValues.of(flow) : common.and(flow);
        FlowEnd end = flow.event().end();
        if (end != null) {
            sums = sums == null ? FlowEnd.NO_BYTES.plus(end) : sums.plus(end);
        }
        if (asEnd) {
            ends++;
            return;
        }
        count++;
        long began = flow.event().timestamp();
        if (began != 0) {
            first = first == 0 ? began : Math.min(first, began);
            last = Math.max(last, began);
        }
    }

    boolean isEmpty() {
        return common == null;
    }

    /** Returns when the first flow began. Microseconds since the epoch; 0 if there is none, or it is unknown. */
    long first() {
        return first;
    }

    /** Returns the summary, which is not empty. */
    FlowSummary take(long destinations, long ports) {
        return new FlowSummary(
                common, count, ends, first, last, sums == null ? FlowEnd.NONE : sums, destinations, ports);
    }
}
