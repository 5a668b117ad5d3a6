// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Scrutiny;

/**
 * Decides which flows are logged, and which need attention. Flows that need attention are logged although a rule excludes them.
 * Immutable.
 *
 * @param filter the rules of {@code Include=} and {@code Exclude=}, and the users that any rule names
 */
public record FlowPolicy(FlowFilter filter, WatchLists lists, Expectations expectations) {
    /** Logs every flow; none needs attention. */
    public static final FlowPolicy ALL = new FlowPolicy(FlowFilter.ALL, WatchLists.NONE, Expectations.NONE);

    /** Returns this policy with other lists. */
    public FlowPolicy with(WatchLists others) {
        return new FlowPolicy(filter, others, expectations);
    }

    /** Reports whether the flow may be logged, before it is attributed. */
    public boolean mayLog(FlowEvent event) {
        return !expectations.isEmpty() || filter.mayPass(event) || lists.mayMatch(event);
    }

    /** Returns the flow as it is logged; null if it is excluded. */
    public AttributedFlow examine(AttributedFlow flow) {
        String watch = lists.match(flow);
        boolean unexpected = expectations.isUnexpected(flow, filter.users());
        if (watch != null || unexpected) {
            return flow.withScrutiny(new Scrutiny(watch, unexpected));
        }
        return filter.passes(flow) ? flow : null;
    }
}
