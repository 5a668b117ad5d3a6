// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.ProcessInfo;

/**
 * What the flows of a flood have in common.
 *
 * @param value the name of the unit, the uid or the address
 * @param namespace where conntrack tracks the flows; null for the network namespace of the service
 */
record FloodSource(Kind kind, Object value, NetworkNamespace namespace) {
    /**
     * The kinds of sources, in the order in which they are made responsible. Who sends to this host goes before the unit that
     * receives, so that the flows of others to that unit stay whole.
     */
    enum Kind {
        /** An initiator on another host. */
        INITIATOR,
        /** A unit on this host. */
        UNIT,
        /** A user of this host. */
        USER,
        /**
         * A responder on another host, of flows whose unit is unknown. A flood evicts the records of its own flows, and the flows
         * of known units to the same address stay whole.
         */
        RESPONDER_OF_UNKNOWN,
        /** A responder on another host. */
        RESPONDER;

        /** Returns the value of a flow; null if it has none. */
        Object value(AttributedFlow flow) {
            return switch (this) {
                case INITIATOR ->
                    flow.direction() == Direction.INBOUND || flow.direction() == Direction.FORWARDED
                            ? flow.event().original().source()
                            : null;
                case UNIT ->
                    flow.owner().cgroup() == null ? null : flow.owner().cgroup().service();
                case USER ->
                    flow.owner().uid() == ProcessInfo.UNKNOWN_ID
                            ? null
                            : (Object) flow.owner().uid();
                case RESPONDER_OF_UNKNOWN -> flow.owner().cgroup() == null ? RESPONDER.value(flow) : null;
                case RESPONDER ->
                    flow.direction() == Direction.OUTBOUND
                            ? flow.event().original().destination()
                            : null;
            };
        }
    }

    /** Returns the source of this kind that a flow has; null if it has none. */
    static FloodSource of(Kind kind, AttributedFlow flow) {
        Object value = kind.value(flow);
        return value == null ? null : new FloodSource(kind, value, flow.event().namespace());
    }

    /** Returns the source that has all flows of this one. Records may be evicted at any time, so it goes on for longer. */
    FloodSource whole() {
        return kind == Kind.RESPONDER_OF_UNKNOWN ? new FloodSource(Kind.RESPONDER, value, namespace) : this;
    }

    /** Reports whether a flow is of this source. */
    boolean covers(AttributedFlow flow) {
        NetworkNamespace tracked = flow.event().namespace();
        return value.equals(kind.value(flow)) && (namespace == null ? tracked == null : namespace.equals(tracked));
    }

    @Override
    public String toString() {
        return switch (kind) {
            case INITIATOR, RESPONDER -> "remote address " + value;
            case RESPONDER_OF_UNKNOWN -> "unknown unit to remote address " + value;
            case UNIT -> "unit " + value;
            case USER -> "user " + value;
        };
    }
}
