// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * What the kernel tells of a flow when it ends, each {@link #UNKNOWN} where it does not.
 *
 * @param duration from the first packet until tracking ended, which is when the flow's timeout is over, microseconds; known
 *     with {@code nf_conntrack_timestamp}
 * @param originalBytes from the initiator, IP headers included; this and the next three are known with
 *     {@code nf_conntrack_acct}
 * @param originalPackets from the initiator
 * @param replyBytes to the initiator
 * @param replyPackets to the initiator
 */
public record FlowEnd(long duration, long originalBytes, long originalPackets, long replyBytes, long replyPackets) {
    public static final long UNKNOWN = -1;

    /** The same, with the other end as the initiator. */
    FlowEnd turned() {
        return new FlowEnd(
                duration,
                /* originalBytes= */ replyBytes,
                /* originalPackets= */ replyPackets,
                /* replyBytes= */ originalBytes,
                /* replyPackets= */ originalPackets);
    }
}
