// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;

/**
 * Repeats of flows. The first flow of a service and executable to a destination and port stays whole, and those that follow
 * within a time are counted. Not thread-safe.
 */
final class RepeatedFlows {
    /** Maximum number of different flows that repeats are counted of. At some 500 bytes each they take 8 MiB. */
    static final int MOST = 16_384;

    /** What repeats have in common. Can be set anew, so that a comparison allocates nothing. */
    private static final class Key {
        private String service;
        private RawText exe;
        private Unattributed reason;
        private IpAddress destination;
        private int port;
        private Protocol protocol;
        private Direction direction;
        private NetworkNamespace namespace;

        void set(AttributedFlow flow) {
            FlowTuple tuple = flow.event().original();
            service =
                    flow.owner().cgroup() == null ? null : flow.owner().cgroup().service();
            exe = flow.owner().exe();
            reason = flow.owner().reason();
            destination = tuple.destination();
            port = tuple.destinationPort();
            protocol = tuple.protocol();
            direction = flow.direction();
            namespace = flow.event().namespace();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key that
                    && port == that.port
                    && destination.equals(that.destination)
                    && protocol.equals(that.protocol)
                    && direction == that.direction
                    && reason == that.reason
                    && Objects.equals(service, that.service)
                    && Objects.equals(exe, that.exe)
                    && Objects.equals(namespace, that.namespace);
        }

        /** Of the values that differ most. */
        @Override
        public int hashCode() {
            return 31 * (31 * destination.hashCode() + port) + Objects.hashCode(service);
        }
    }

    /**
     * The repeats of a flow.
     *
     * @param until {@link System#nanoTime} at which the next one stays whole
     * @param first id of the flow that stays whole
     */
    private record Repeats(long until, long first, OpenSummary summary) {}

    /** In the order of their begin. */
    private final Map<Key, Repeats> open = new LinkedHashMap<>();
    /** Of the flow that is looked up; not in {@link #open}. */
    private Key key = new Key();

    /**
     * Counts a flow if it is a repeat. Returns false if it stays whole.
     *
     * @param time for how long repeats of a first flow are counted, in nanoseconds
     */
    boolean take(AttributedFlow flow, boolean asEnd, long now, long time) {
        if (flow.event().timestamp() == 0 && !asEnd || flow.event().isTranslated()) {
            return false; // a summary would not show when it began, or where it led to
        }
        key.set(flow);
        Repeats repeats = open.get(key);
        if (repeats == null) {
            if (open.size() < MOST) {
                open.put(key, new Repeats(now + time, flow.event().id(), new OpenSummary()));
                key = new Key();
            }
            return false;
        }
        boolean endOfFirst =
                flow.event().kind() == FlowEvent.Kind.END && flow.event().id() == repeats.first;
        if (!endOfFirst) {
            repeats.summary.add(flow, asEnd);
        }
        return !endOfFirst;
    }

    /**
     * Passes on the summaries whose time is over. Begins with the oldest, and ends if one is not taken.
     *
     * @param all whether to pass on the others, too
     * @param output reports whether it takes a summary
     */
    void passOn(long now, boolean all, Predicate<FlowSummary> output) {
        Iterator<Repeats> oldest = open.values().iterator();
        while (oldest.hasNext()) {
            Repeats repeats = oldest.next();
            boolean over = all || now - repeats.until >= 0;
            if (!over
                    || !repeats.summary.isEmpty()
                            && !output.test(repeats.summary.take(FlowSummary.UNCOUNTED, FlowSummary.UNCOUNTED))) {
                return;
            }
            oldest.remove();
        }
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Returns when the first flow that is in no summary yet began. Microseconds since the epoch; 0: there is none. */
    long first() {
        return EpochMicros.earliest(open.values().stream().mapToLong(repeats -> repeats.summary.first()));
    }
}
