// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.List;

/**
 * A flow with its owner.
 *
 * @param direction null if unknown
 * @param peer owner of the other side, if both are on this host; else null
 * @param names those that this host had looked up to get the destination's address, as known when the flow began: newest
 *     first, {@link #MOST_NAMES} at most, empty if there are none
 * @param passage of the first packet
 */
public record AttributedFlow(
        FlowEvent event, Direction direction, Owner owner, Owner peer, List<DestinationName> names, Passage passage)
        implements Observation {

    /** Of one address; that of a content network has many. */
    public static final int MOST_NAMES = 4;

    /** Creates a flow without names, whose packet no program saw. */
    public AttributedFlow(FlowEvent event, Direction direction, Owner owner, Owner peer) {
        this(event, direction, owner, peer, List.of(), Passage.UNKNOWN);
    }

    public AttributedFlow withNames(List<DestinationName> found) {
        return new AttributedFlow(event, direction, owner, peer, found, passage);
    }

    public AttributedFlow withPassage(Passage seen) {
        return new AttributedFlow(event, direction, owner, peer, names, seen);
    }

    /** {@inheritDoc} Process records, names and what is still asked for count in full. */
    @Override
    public int retainedBytes() {
        int weight = 512 + retainedBytes(owner) + (peer == null ? 0 : retainedBytes(peer));
        for (DestinationName name : names) {
            weight += 64 + name.text().length();
        }
        return weight;
    }

    private static int retainedBytes(Owner owner) {
        ProcessInfo process = owner.process();
        int path = owner.cgroup() == null ? 0 : 2 * owner.cgroup().path().length();
        if (process == null) {
            return path;
        }
        return 256
                + path
                + owner.identity().retainedBytes()
                + (process.commandLine() == null ? 0 : process.commandLine().length())
                + (process.exe() == null ? 0 : process.exe().length())
                + (process.ancestors() == null ? 0 : process.ancestors().length());
    }
}
