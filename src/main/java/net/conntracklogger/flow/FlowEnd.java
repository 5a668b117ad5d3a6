// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * The figures of a flow at its end, or so far. What the kernel does not report is {@link #UNKNOWN}.
 *
 * <p>An end is unseen if the kernel sent no event, but a check found that conntrack no longer tracks the flow.
 *
 * @param duration from the first packet until conntrack removed the flow, which is when its timeout is over; microseconds.
 *     Unknown before the end, and without the sysctl {@code nf_conntrack_timestamp}
 * @param originalBytes sent by the initiator, IP headers included. This and the next three are unknown without the sysctl
 *     {@code nf_conntrack_acct}
 * @param originalPackets sent by the initiator
 * @param replyBytes sent to the initiator
 * @param replyPackets sent to the initiator
 * @param unseen longest possible time since an unseen end, microseconds; else {@link #UNKNOWN}
 */
public record FlowEnd(
        long duration, long originalBytes, long originalPackets, long replyBytes, long replyPackets, long unseen) {
    public static final long UNKNOWN = -1;

    /** The figures of no end. */
    public static final FlowEnd NONE = new FlowEnd(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);

    /** Sums of no flows. */
    public static final FlowEnd NO_BYTES = new FlowEnd(UNKNOWN, 0, 0, 0, 0);

    /** Makes an end that the kernel reported. */
    public FlowEnd(long duration, long originalBytes, long originalPackets, long replyBytes, long replyPackets) {
        this(duration, originalBytes, originalPackets, replyBytes, replyPackets, UNKNOWN);
    }

    /** Makes an unseen end that was at most this many microseconds ago. */
    public static FlowEnd unseen(long microseconds) {
        return new FlowEnd(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, microseconds);
    }

    /** Returns the sums of bytes and packets. A sum is unknown if one of its figures is. */
    public FlowEnd plus(FlowEnd other) {
        return new FlowEnd(
                UNKNOWN,
                sum(originalBytes, other.originalBytes),
                sum(originalPackets, other.originalPackets),
                sum(replyBytes, other.replyBytes),
                sum(replyPackets, other.replyPackets));
    }

    private static long sum(long one, long other) {
        return one == UNKNOWN || other == UNKNOWN ? UNKNOWN : one + other;
    }

    /** Returns the figures with initiator and responder swapped. */
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
