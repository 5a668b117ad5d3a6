// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;

/** A condition on one subject, such as {@code dport!=53,853}. */
sealed interface Condition {
    /**
     * Reports whether the condition holds.
     *
     * @param event the event of the flow
     * @param flow null before the flow is attributed
     * @param users uids of the users that rules name
     */
    Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users);

    /** Returns the names of users whose uids the condition needs. */
    default Set<String> users() {
        return Set.of();
    }

    /** A condition on what the event has and attribution does not change. */
    record OfEvent(Function<FlowEvent, Truth> holds) implements Condition {
        @Override
        public Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
            return holds.apply(flow == null ? event : flow.event());
        }
    }

    /** A condition on what attribution finds. Attribution can swap the tuples of a flow that is older than tracking. */
    record OfFlow(Function<AttributedFlow, Truth> holds) implements Condition {
        @Override
        public Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
            return flow == null ? Truth.UNKNOWN : holds.apply(flow);
        }
    }

    /** A condition on the user of the process or of the socket. */
    record OfUser(List<Long> uids, List<String> names) implements Condition {
        @Override
        public Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
            if (flow == null) {
                return Truth.UNKNOWN;
            }
            Owner owner = flow.owner();
            if (!OwnerValues.isUserKnown(owner)) {
                return OwnerValues.isNone(owner) ? Truth.NO : Truth.UNKNOWN;
            }
            for (int i = 0; i < uids.size(); i++) {
                if (uids.get(i) == owner.uid()) {
                    return Truth.YES;
                }
            }
            // A container has accounts of its own, so the same id may be of another user.
            if (!names.isEmpty() && !OwnerValues.isOfHost(owner)) {
                return Truth.UNKNOWN;
            }
            Truth result = Truth.NO;
            for (int i = 0; i < names.size(); i++) {
                Long uid = users.get(names.get(i));
                if (uid != null && uid == owner.uid()) {
                    return Truth.YES;
                }
                result = uid == null ? Truth.UNKNOWN : result;
            }
            return result;
        }

        @Override
        public Set<String> users() {
            return Set.copyOf(names);
        }
    }

    /** The opposite of a condition. */
    record Not(Condition of) implements Condition {
        @Override
        public Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
            return of.test(event, flow, users).negated();
        }

        @Override
        public Set<String> users() {
            return of.users();
        }
    }
}
