// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.util.List;

/**
 * Totals of a group of rows.
 *
 * @param key the group's values in the order of {@link Grouping#by}; a null for an absent field. Of several names, the first
 * @param bucket begin of the group's bucket of time, microseconds since the epoch; 0 without buckets
 * @param flows number of flows or ends that the rows stand for
 * @param origBytes sum of FLOW_ORIG_BYTES of the rows that have it
 * @param replyBytes sum of FLOW_REPLY_BYTES of the rows that have it
 * @param first earliest begin of a flow
 * @param last latest begin of a flow
 */
public record Totals(
        List<String> key, long bucket, long flows, long origBytes, long replyBytes, long first, long last) {
    /** Stands for the values of the groups beyond {@link Grouping#most}. No address, port, name or executable is that text. */
    public static final String OTHERS = "*";

    /** Returns these totals as those of another group. */
    public Totals withKey(List<String> values) {
        return new Totals(values, bucket, flows, origBytes, replyBytes, first, last);
    }
}
