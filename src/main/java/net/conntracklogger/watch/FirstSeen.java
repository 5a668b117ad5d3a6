// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.util.HashMap;
import java.util.Map;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;

/**
 * Marks the first flow of a unit to a destination, as the archive knows them. Marks none until it knows the pairs of
 * the archive and all later ones, nor if these exceed the bound. An attempt that was refused is no flow: it is not marked, and
 * the flow that follows it is. Called by flow-reader only, except for the methods that are thread-safe.
 */
public final class FirstSeen {
    /** Value of FLOW_FIRST_SEEN. */
    public static final String SERVICE_DESTINATION = "service-destination";

    private static final int MOST_UNITS = 4096;

    /** @param complete whether the set has all pairs that were logged before flow-reader began to note pairs */
    private record Given(SeenPairs pairs, boolean complete) {}

    /** The set that flow-reader is to use next; null if it has it. */
    private volatile Given next;

    private volatile boolean full;
    private SeenPairs pairs;
    private boolean complete;
    private final Map<String, Long> unitHashes = new HashMap<>();

    /** Notes pairs from now on, with this key. Thread-safe. */
    public void begin(long key) {
        next = new Given(new SeenPairs(key), false);
    }

    /** Takes the pairs of the archive, which has all flows that were queued before {@link #begin}. Thread-safe. */
    public void complete(SeenPairs archived) {
        next = new Given(archived, true);
    }

    /** Reports whether the bound is exceeded, so that no flow is marked any more. Thread-safe. */
    public boolean isFull() {
        return full;
    }

    /** Returns the flow, marked if it is the first of its pair. */
    public AttributedFlow mark(AttributedFlow flow) {
        if (next != null) {
            useNext();
        }
        String unit =
                flow.owner().cgroup() == null ? null : flow.owner().cgroup().service();
        if (pairs == null
                || full
                || unit == null
                || flow.direction() != Direction.OUTBOUND
                || flow.event().kind() == FlowEvent.Kind.REFUSED) {
            return flow;
        }
        boolean first =
                pairs.add(pairs.hash(unitHash(unit), flow.event().original().destination()));
        full = pairs.isFull();
        return first && complete ? flow.withScrutiny(flow.scrutiny().withFirstSeen(SERVICE_DESTINATION)) : flow;
    }

    private void useNext() {
        Given given = next;
        next = null;
        if (given.complete && pairs != null && pairs.key() == given.pairs.key()) {
            given.pairs.addAll(pairs);
        }
        pairs = given.pairs;
        complete = given.complete;
        full = pairs.isFull();
        unitHashes.clear();
    }

    private long unitHash(String unit) {
        Long known = unitHashes.get(unit);
        if (known == null) {
            known = pairs.unitHash(unit);
            if (unitHashes.size() == MOST_UNITS) {
                unitHashes.clear();
            }
            unitHashes.put(unit, known);
        }
        return known;
    }
}
