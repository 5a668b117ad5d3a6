// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.BitSet;
import java.util.random.RandomGenerator;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;

/**
 * A flood of one source. The first flow to each remote address and port stays whole, up to {@link HashedSet#MOST}. Not
 * thread-safe.
 */
final class Flood {
    private static final int PROTOCOL_SHIFT = 16;

    private final FloodSource source;
    private final long began;
    /** Remote addresses with protocol and port, and the id of the first flow to each. */
    private final HashedSet known;

    private final int[] firstFlows = new int[HashedSet.PLACES];
    private final HashedSet destinations;
    private boolean tooManyDestinations;
    private final BitSet ports = new BitSet();
    private OpenSummary summary = new OpenSummary();
    private long inSecond;
    private long summarised;
    private int quietSeconds;

    /** @param began {@link System#nanoTime} */
    Flood(FloodSource source, long began, RandomGenerator random) {
        this.source = source;
        this.began = began;
        known = new HashedSet(random);
        destinations = new HashedSet(random);
    }

    FloodSource source() {
        return source;
    }

    /** Returns the {@link System#nanoTime} at which the flood was found. */
    long began() {
        return began;
    }

    /** Counts a flow of the source. Returns false if the flow is to have an entry of its own. */
    boolean take(AttributedFlow flow, boolean asEnd) {
        inSecond += asEnd ? 0 : 1;
        if (isFirst(flow)) {
            return false;
        }
        FlowTuple tuple = flow.event().original();
        if (!asEnd) {
            summarised++;
            tooManyDestinations |= destinations.add(tuple.destination(), 0) == HashedSet.FULL;
            if (tuple.layer4() instanceof Layer4.Ports of) {
                ports.set(of.destination());
            }
        }
        summary.add(flow, asEnd);
        return true;
    }

    /** Reports whether a flow of the source has no entry of its own. Changes nothing. */
    boolean hides(AttributedFlow flow) {
        int place = known.find(remote(flow), service(flow));
        // Until the set is full, what is not in it began before the flood.
        return place < 0
                ? known.size() == HashedSet.MOST
                : firstFlows[place] != (int) flow.event().id();
    }

    private static IpAddress remote(AttributedFlow flow) {
        FlowTuple tuple = flow.event().original();
        return flow.direction() == Direction.INBOUND ? tuple.source() : tuple.destination();
    }

    private static long service(AttributedFlow flow) {
        FlowTuple tuple = flow.event().original();
        return (long) tuple.protocol().number() << PROTOCOL_SHIFT | tuple.destinationPort();
    }

    /** Reports whether this is the first flow to an address and port, or its end. */
    private boolean isFirst(AttributedFlow flow) {
        int place = known.add(remote(flow), service(flow));
        if (place == HashedSet.FULL) {
            return false;
        }
        if (place < 0) {
            return flow.event().kind() == FlowEvent.Kind.END
                    && firstFlows[~place] == (int) flow.event().id();
        }
        firstFlows[place] = (int) flow.event().id();
        return true;
    }

    /**
     * Ends a second.
     *
     * @param quiet number of flows up to which the second was quiet; negative: it was not
     */
    void endSecond(long quiet) {
        quietSeconds = inSecond <= quiet ? quietSeconds + 1 : 0;
        inSecond = 0;
    }

    /** Reports whether ten seconds running were quiet. */
    boolean isOver() {
        return quietSeconds >= FloodFinder.SECONDS;
    }

    /** Returns how many flows were summed up. */
    long summarised() {
        return summarised;
    }

    /** Returns when the first flow that is in no summary yet began. Microseconds since the epoch; 0: there is none. */
    long first() {
        return summary.first();
    }

    boolean isEmpty() {
        return summary.isEmpty();
    }

    FlowSummary summary() {
        return summary.take(tooManyDestinations ? FlowSummary.UNCOUNTED : destinations.size(), ports.cardinality());
    }

    /** Begins the next summary. */
    void clear() {
        summary = new OpenSummary();
        destinations.clear();
        tooManyDestinations = false;
        ports.clear();
    }
}
