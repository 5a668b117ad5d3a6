// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * What the kernel tells of a flow when it ends, each {@link #UNKNOWN} where it does not. Some ends it does not tell at all:
 * then the flow was found to be no longer tracked.
 *
 * @param duration from the first packet until tracking ended, which is when the flow's timeout is over, microseconds; known
 *     with {@code nf_conntrack_timestamp}
 * @param originalBytes from the initiator, IP headers included; this and the next three are known with
 *     {@code nf_conntrack_acct}
 * @param originalPackets from the initiator
 * @param replyBytes to the initiator
 * @param replyPackets to the initiator
 * @param unseen how long ago at most it ended, where the kernel did not tell that, microseconds; else {@link #UNKNOWN}
 */
public record FlowEnd(
        long duration, long originalBytes, long originalPackets, long replyBytes, long replyPackets, long unseen) {
    public static final long UNKNOWN = -1;

    /** An end that the kernel tells. */
    public FlowEnd(long duration, long originalBytes, long originalPackets, long replyBytes, long replyPackets) {
        this(duration, originalBytes, originalPackets, replyBytes, replyPackets, UNKNOWN);
    }

    /** One that it does not tell. */
    public static FlowEnd unseen(long microseconds) {
        return new FlowEnd(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, microseconds);
    }

    /** The same, with the other end as the initiator. */
    FlowEnd reversed() {
        return new FlowEnd(
                duration,
                /* originalBytes= */ replyBytes,
                /* originalPackets= */ replyPackets,
                /* replyBytes= */ originalBytes,
                /* replyPackets= */ originalPackets,
                unseen);
    }
}
