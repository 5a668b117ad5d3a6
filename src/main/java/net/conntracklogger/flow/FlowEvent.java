// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * One event of the kernel's connection tracking.
 *
 * @param kind what happened
 * @param id the kernel's conntrack id, 32 bits unsigned
 * @param original the tuple as the initiator sees it
 * @param reply the tuple of the answers; NAT makes it differ from the reversed original
 * @param mark the conntrack mark, 32 bits unsigned; 0 is none
 * @param zone the conntrack zone, 0 to 65,535; 0 is the default zone
 * @param midstream whether conntrack took it up in the middle ({@code nf_conntrack_tcp_loose}): then the tuples do not
 *     say which end began it
 * @param timestamp when it began, microseconds since the epoch: the kernel's own time where the message has it (with
 *     {@code nf_conntrack_timestamp} on: {@code CTA_TIMESTAMP_EVENT} of a new flow, since Linux 6.14, and
 *     {@code CTA_TIMESTAMP_START} of others), else when the event of a new flow was received; 0 where not known
 * @param end what is told of its end; null for all but {@link Kind#END}
 * @param namespace where conntrack saw it; null for the network namespace that the service is in
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

    /** What happened to the flow. */
    public enum Kind {
        /** It began. */
        NEW("new"),
        /** It was in the table before anybody listened. */
        EXISTING("existing"),
        /** It is no longer tracked: closed, timed out or deleted. */
        END("end");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** Whether both are of one flow; one of them may be reversed. */
    public boolean isOfFlow(FlowEvent other) {
        return id == other.id && (original.equals(other.original) || original.equals(other.reply));
    }

    /** This end with what is known of the beginning of the same flow. */
    public FlowEvent withBeginning(FlowEvent beginning) {
        if (!original.equals(beginning.original)) {
            return reversed().withBeginning(beginning);
        }
        long began = beginning.timestamp != 0 ? beginning.timestamp : timestamp;
        return new FlowEvent(kind, id, original, reply, mark, zone, beginning.midstream, began, end, namespace);
    }

    /** The end of the same flow. */
    public FlowEvent ended(FlowEnd how) {
        return new FlowEvent(Kind.END, id, original, reply, mark, zone, midstream, timestamp, how, namespace);
    }

    public boolean isTranslated() {
        return reply.isTranslationOf(original);
    }

    /** The same flow, begun by the other end. */
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

    /** The same flow, seen in another network namespace. */
    public FlowEvent in(NetworkNamespace other) {
        return new FlowEvent(kind, id, original, reply, mark, zone, midstream, timestamp, end, other);
    }

    /** The packets of the original direction as NAT leaves them; the original tuple where there is none. */
    public FlowTuple translated() {
        FlowTuple reversed = reply.reversed();
        return original.layer4() instanceof Layer4.Icmp sent && reply.layer4() instanceof Layer4.Icmp answer
                ? new FlowTuple(
                        reversed.source(),
                        reversed.destination(),
                        reversed.protocol(),
                        new Layer4.Icmp(sent.type(), sent.code(), answer.id()))
                : reversed;
    }
}
