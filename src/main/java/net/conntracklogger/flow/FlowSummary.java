// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Flows that one entry sums up: repeats, or flows of a flood.
 *
 * @param common what the flows share
 * @param count number of flows
 * @param ends number of ends that are counted besides, of these flows or of earlier ones; 0 if flows are counted by their ends
 * @param first when the first of the flows began, microseconds since the epoch; 0 if unknown
 * @param last when the last of the flows began, microseconds since the epoch; 0 if unknown
 * @param sums of the ends; a sum is {@link FlowEnd#UNKNOWN} if one of the ends lacks the figure, or there are no ends
 * @param destinations number of different destinations; {@link #UNCOUNTED} if there are more than are counted
 * @param ports number of different destination ports; {@link #UNCOUNTED} if they are not counted
 */
public record FlowSummary(
        CommonValues common, long count, long ends, long first, long last, FlowEnd sums, long destinations, long ports)
        implements Observation {
    /** The value of FLOW_EVENT. */
    public static final String EVENT = "summary";

    /** A number that is not known. */
    public static final long UNCOUNTED = -1;

    /** Reports whether no flow and no end is counted. */
    public boolean isEmpty() {
        return count == 0 && ends == 0;
    }

    @Override
    public int retainedBytes() {
        return 512 + common.owner().retainedBytes();
    }
}
