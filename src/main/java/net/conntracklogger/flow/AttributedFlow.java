// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.List;

/**
 * A flow with its direction and its owners.
 *
 * @param direction null if unknown, as for some flows that are midstream or in another network namespace
 * @param owner the owner of the initiator; of an {@link Direction#INBOUND} flow that of the acceptor
 * @param peer the owner of the acceptor, if both sides are on this host; else null
 * @param names names that this host had resolved to the destination's address when the flow began: most recent first, at
 *     most {@link #MOST_NAMES}
 * @param passage of the first packet
 * @param scrutiny what watch lists and expectations say of the flow
 */
public record AttributedFlow(
        FlowEvent event,
        Direction direction,
        Owner owner,
        Owner peer,
        List<DestinationName> names,
        Passage passage,
        Scrutiny scrutiny)
        implements Observation {

    /** Maximum number of names to keep for an address. The address of a content network has many. */
    public static final int MOST_NAMES = 4;

    /** Creates a flow without names, whose packet no program saw. */
    public AttributedFlow(FlowEvent event, Direction direction, Owner owner, Owner peer) {
        this(event, direction, owner, peer, List.of(), Passage.UNKNOWN);
    }

    /** Creates a flow that needs no attention. */
    public AttributedFlow(
            FlowEvent event,
            Direction direction,
            Owner owner,
            Owner peer,
            List<DestinationName> names,
            Passage passage) {
        this(event, direction, owner, peer, names, passage, Scrutiny.NONE);
    }

    /** Creates a flow whose attribution failed. */
    public static AttributedFlow failed(FlowEvent event) {
        return new AttributedFlow(event, null, Owner.unknown(Unattributed.LOOKUP_FAILED), null);
    }

    public AttributedFlow withNames(List<DestinationName> found) {
        return new AttributedFlow(event, direction, owner, peer, found, passage, scrutiny);
    }

    public AttributedFlow withPassage(Passage seen) {
        return new AttributedFlow(event, direction, owner, peer, names, seen, scrutiny);
    }

    public AttributedFlow withScrutiny(Scrutiny made) {
        return new AttributedFlow(event, direction, owner, peer, names, passage, made);
    }

    /** {@inheritDoc} Processes, names and pending lookups count in full, although flows share them. */
    @Override
    public int retainedBytes() {
        int bytes = 512 + owner.retainedBytes() + (peer == null ? 0 : peer.retainedBytes());
        for (DestinationName name : names) {
            bytes += 64 + name.text().length();
        }
        return bytes;
    }
}
