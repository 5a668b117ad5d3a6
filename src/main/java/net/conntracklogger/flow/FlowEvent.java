// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * One event of the kernel's connection tracking.
 *
 * @param kind what happened
 * @param id the kernel's conntrack id, 32 bits unsigned
 * @param original the tuple as the initiator sees it
 * @param reply the tuple of the answers; NAT makes it differ from the mirrored original
 * @param mark the conntrack mark, 32 bits unsigned; 0 is none
 * @param zone the conntrack zone, 0 to 65,535; 0 is the default zone
 * @param midstream whether conntrack took it up in the middle ({@code nf_conntrack_tcp_loose}): then nothing says
 *     which end began it
 * @param timestamp when it began, microseconds since the epoch: the kernel's own time where it keeps one
 *     ({@code nf_conntrack_timestamp}), else when the event was received
 */
public record FlowEvent(
        Kind kind,
        long id,
        FlowTuple original,
        FlowTuple reply,
        long mark,
        int zone,
        boolean midstream,
        long timestamp) {

    /** What happened to the flow. */
    public enum Kind {
        NEW("new");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    public boolean isTranslated() {
        return reply.isTranslationOf(original);
    }
}
