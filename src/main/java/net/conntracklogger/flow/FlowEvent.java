// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * An event of the kernel's connection tracking.
 *
 * @param id conntrack id, 32 bits unsigned; a refused flow has none, 0
 * @param original the original tuple, as the initiator sees it; of a refused flow with an unspecified source, and port 0, if
 *     these are not known
 * @param reply the reply tuple; NAT makes it differ from the reversed original tuple
 * @param mark the conntrack mark, 32 bits unsigned; 0 is none
 * @param zone the conntrack zone, 0 to 65,535; 0 is the default zone
 * @param midstream whether conntrack picked up the flow mid-connection ({@code nf_conntrack_tcp_loose}). Its original
 *     tuple may then be that of the responder
 * @param timestamp when the flow began, microseconds since the epoch; 0 if unknown. With {@code nf_conntrack_timestamp} it is
 *     the kernel's own time: {@code CTA_TIMESTAMP_EVENT} of a new flow (since Linux 6.14), {@code CTA_TIMESTAMP_START} of
 *     others. Otherwise it is the time at which the event of a new flow was received
 * @param end figures of a {@link Kind#END} or {@link Kind#PROGRESS}, else null
 * @param namespace where conntrack tracks the flow; null for the network namespace of the service
 */
public record FlowEvent(
        Kind kind,
        long id,
        FlowTuple original,
        FlowTuple reply,
        long mark,
        int zone,
        boolean midstream,
        long timestamp,
        FlowEnd end,
        NetworkNamespace namespace) {

    /** The kind of an event. */
    public enum Kind {
        /** A flow began. */
        NEW("new"),
        /** A flow was in the conntrack table when the service started or resynchronised. */
        EXISTING("existing"),
        /** Conntrack no longer tracks a flow, because it was closed, timed out or deleted. */
        END("end"),
        /** A flow lasts; the conntrack table shows its figures so far. */
        PROGRESS("progress"),
        /** A local socket attempted a flow, but conntrack never tracked it. */
        REFUSED("refused");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** Returns the value of FLOW_EVENT. */
        public String text() {
            return text;
        }
    }

    /**
     * Returns the event of an attempt that did not become a flow.
     *
     * @param time microseconds since the epoch
     */
    public static FlowEvent refused(FlowTuple tuple, long time) {
        return new FlowEvent(Kind.REFUSED, 0, tuple, tuple.reversed(), 0, 0, false, time, null, null);
    }

    /** Reports whether the source address is known. */
    public boolean isSourceKnown() {
        return !mayLackSource() || !original.source().isUnspecified();
    }

    /** Reports whether the source port is known, or there is none. */
    public boolean isSourcePortKnown() {
        return !mayLackSource() || original.sourcePort() != 0;
    }

    /** Reports whether the kernel may have chosen no source. A connect(2) of TCP can fail before. */
    private boolean mayLackSource() {
        return kind == Kind.REFUSED && original.protocol().equals(Protocol.TCP);
    }

    /** Reports whether both events are of one flow. One of them may be reversed. */
    public boolean isOfFlow(FlowEvent other) {
        return id == other.id && (original.equals(other.original) || original.equals(other.reply));
    }

    /** Returns this end or progress with what the beginning of the same flow reported. */
    public FlowEvent withBeginning(FlowEvent beginning) {
        if (!original.equals(beginning.original)) {
            return reversed().withBeginning(beginning);
        }
        long began = beginning.timestamp != 0 ? beginning.timestamp : timestamp;
        return new FlowEvent(kind, id, original, reply, mark, zone, beginning.midstream, began, end, namespace);
    }

    /** Returns the end of the flow. */
    public FlowEvent ended(FlowEnd how) {
        return new FlowEvent(Kind.END, id, original, reply, mark, zone, midstream, timestamp, how, namespace);
    }

    /** Reports whether NAT changed the reply tuple. */
    public boolean isTranslated() {
        return reply.isTranslationOf(original);
    }

    /** Returns the event with initiator and responder swapped. */
    public FlowEvent reversed() {
        FlowEnd reversed = end == null ? null : end.reversed();
        return new FlowEvent(
                kind,
                id,
                /* original= */ reply,
                /* reply= */ original,
                mark,
                zone,
                midstream,
                timestamp,
                reversed,
                namespace);
    }

    /** Returns the same flow as one that began before it was tracked. */
    public FlowEvent asMidstream() {
        return new FlowEvent(kind, id, original, reply, mark, zone, /* midstream= */ true, timestamp, end, namespace);
    }

    /** Returns the event as one of another network namespace. */
    public FlowEvent in(NetworkNamespace other) {
        return new FlowEvent(kind, id, original, reply, mark, zone, midstream, timestamp, end, other);
    }

    /** Returns the original tuple as it is behind NAT. Without NAT it is the original tuple itself. */
    public FlowTuple translated() {
        FlowTuple reversed = reply.reversed();
        return original.layer4() instanceof Layer4.Icmp first && reply.layer4() instanceof Layer4.Icmp second
                ? new FlowTuple(
                        reversed.source(),
                        reversed.destination(),
                        reversed.protocol(),
                        new Layer4.Icmp(first.type(), first.code(), second.id()))
                : reversed;
    }
}
