// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Function;

/**
 * Invocations of units, the present and the most recent past ones, in a bounded number. Times are nanoseconds of CLOCK_MONOTONIC.
 * Not thread-safe.
 */
final class InvocationHistory {
    private static final int MAX_OF_UNIT = 4;
    private static final int MAX_ENDED = 1024;

    /** Never changed. */
    private static final Deque<Invocation> NONE = new ArrayDeque<>();

    /** An invocation that began after one time, before another, and has ended by a third. */
    private static final class Invocation {
        private final long after;
        private final long before;
        private long ended = Long.MAX_VALUE;
        private String id;

        Invocation(long after, long before, String id) {
            this.after = after;
            this.before = before;
            this.id = id;
        }
    }

    /** Invocations by unit, the most recent first. */
    private final Map<String, Deque<Invocation>> units = new HashMap<>();
    /** Ended units, the longest ago first. A unit that started and ended again is in it twice. */
    private final Deque<String> ended = new ArrayDeque<>();
    /** Invocations whose id may be that of the next one. A later event may be waiting. */
    private final Map<String, Invocation> provisional = new HashMap<>();

    /** Returns the id of the invocation that was active throughout an interval. Returns null if that is not certain. */
    String of(String unit, long from, long to) {
        for (Invocation it : units.getOrDefault(unit, NONE)) {
            if (it.before <= from) {
                return to <= it.ended ? it.id : null;
            }
            if (it.after < to) {
                return null;
            }
        }
        return null;
    }

    /**
     * Adds an invocation, whose id is provisional.
     *
     * @param after a time before it began
     * @param before a time after it began
     * @param id null if it is not read yet
     */
    void begin(String unit, long after, long before, String id) {
        Deque<Invocation> invocations = units.computeIfAbsent(unit, key -> new ArrayDeque<>());
        Invocation begun = new Invocation(after, before, id);
        invocations.addFirst(begun);
        if (invocations.size() > MAX_OF_UNIT) {
            invocations.removeLast();
        }
        provisional.put(unit, begun);
    }

    /** Ends the present invocation of a unit. Drops its id if that is provisional. */
    void end(String unit, long now) {
        Invocation unsure = provisional.remove(unit);
        if (unsure != null) {
            unsure.id = null;
        }
        Iterator<Invocation> invocations = units.getOrDefault(unit, NONE).iterator();
        if (invocations.hasNext()) {
            Invocation latest = invocations.next();
            latest.ended = Math.min(latest.ended, now);
        }
    }

    /** Marks a unit as one that may be evicted. It has ended, and no invocation follows. */
    void leave(String unit) {
        if (!units.containsKey(unit)) {
            return;
        }
        ended.add(unit);
        if (ended.size() > MAX_ENDED) {
            String eldest = ended.remove();
            Deque<Invocation> invocations = units.get(eldest);
            if (invocations != null && invocations.getFirst().ended != Long.MAX_VALUE) {
                units.remove(eldest);
            }
        }
    }

    /** Reads the ids of invocations that have none yet. */
    void identify(Function<String, String> idOfUnit) {
        for (Map.Entry<String, Invocation> entry : provisional.entrySet()) {
            if (entry.getValue().id == null) {
                entry.getValue().id = idOfUnit.apply(entry.getKey());
            }
        }
    }

    /** Confirms all ids: no event of a later invocation was waiting when they were read. */
    void confirm() {
        provisional.clear();
    }

    /** Drops all present invocations, to be listed anew. */
    void clear() {
        units.clear();
        provisional.clear();
    }
}
