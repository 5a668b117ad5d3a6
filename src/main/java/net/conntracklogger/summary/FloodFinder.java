// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;

/**
 * Finds the source of a flood. Counts sources only after a second in which all flows together were too many, or while much
 * waits: otherwise a flow costs one addition. Not thread-safe.
 */
final class FloodFinder {
    /** Number of seconds running in which a source must have too many flows. */
    static final int SECONDS = 10;

    private final Map<FloodSource.Kind, SourceCounts> inSecond = counts();
    private final Map<FloodSource.Kind, SourceCounts> queued = counts();
    /** For how many seconds running each source had too many flows. */
    private Map<FloodSource, Integer> streaks = new HashMap<>();

    private long flows;
    private long queuedInAll;
    private boolean counting;
    private boolean filling;

    private static Map<FloodSource.Kind, SourceCounts> counts() {
        Map<FloodSource.Kind, SourceCounts> counts = new EnumMap<>(FloodSource.Kind.class);
        for (FloodSource.Kind kind : FloodSource.Kind.values()) {
            counts.put(kind, new SourceCounts());
        }
        return counts;
    }

    /**
     * Counts a flow that no flood covers.
     *
     * @param asEnd whether it is the second entry of its flow
     */
    void add(AttributedFlow flow, boolean asEnd) {
        flows += asEnd ? 0 : 1;
        if (filling) {
            queuedInAll++;
            count(queued, flow);
        }
        if (counting && !asEnd) {
            count(inSecond, flow);
        }
    }

    private static void count(Map<FloodSource.Kind, SourceCounts> counts, AttributedFlow flow) {
        counts.forEach((kind, of) -> {
            FloodSource source = FloodSource.of(kind, flow);
            if (source != null) {
                of.add(source);
            }
        });
    }

    /** Returns a source that had more flows than that in each of ten seconds running. Called at the end of each second. */
    Optional<FloodSource> endSecond(long threshold) {
        Map<FloodSource, Integer> longer = new HashMap<>();
        FloodSource found = null;
        for (SourceCounts counts : inSecond.values()) {
            for (FloodSource source : counts.above(threshold)) {
                int seconds = streaks.getOrDefault(source.whole(), 0) + 1;
                longer.put(source.whole(), seconds);
                found = found == null && seconds >= SECONDS ? source : found;
            }
            counts.clear();
        }
        // A flood of one source explains the counts of others: of the unit of a remote address, or of the user of a
        // unit.
        streaks = found == null ? longer : new HashMap<>();
        counting = flows > threshold;
        flows = 0;
        return Optional.ofNullable(found);
    }

    /** Returns the number of flows that were counted since much waits. */
    long counted() {
        return queuedInAll;
    }

    /**
     * Returns a source of a third of the flows since much waits. Returns empty unless too much waits.
     *
     * @param much whether much waits
     * @param tooMuch whether too much waits
     */
    Optional<FloodSource> checkBacklog(boolean much, boolean tooMuch) {
        if (much != filling || tooMuch) {
            Optional<FloodSource> found = tooMuch ? mostQueued() : Optional.empty();
            queued.values().forEach(SourceCounts::clear);
            queuedInAll = 0;
            filling = much;
            return found;
        }
        return Optional.empty();
    }

    /** Half of the flows of a unit may lack it, because a flood evicts records. So a third of all entries is enough. */
    private Optional<FloodSource> mostQueued() {
        return queued.values().stream()
                .flatMap(counts -> counts.above(queuedInAll / 3).stream())
                .findFirst();
    }
}
