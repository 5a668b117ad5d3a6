// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/**
 * Decides which flows are logged. A flow is excluded if an {@code Exclude=} rule certainly matches, or if there are
 * {@code Include=} rules and certainly none matches. A flow whose owner is unknown is therefore logged. Thread-safe.
 *
 * @param include empty for all
 * @param users uids of the users that the rules name, as far as they exist
 */
public record FlowFilter(List<FlowRule> include, List<FlowRule> exclude, Map<String, Long> users) {
    /** A filter that excludes nothing. */
    public static final FlowFilter ALL = new FlowFilter(List.of(), List.of(), Map.of());

    /** Reports whether the flow may pass, before it is attributed. */
    public boolean mayPass(FlowEvent event) {
        return test(event, null);
    }

    /** Reports whether the flow is logged. */
    public boolean passes(AttributedFlow flow) {
        return test(flow.event(), flow);
    }

    private boolean test(FlowEvent event, AttributedFlow flow) {
        for (int i = 0; i < exclude.size(); i++) {
            if (exclude.get(i).test(event, flow, users) == Truth.YES) {
                return false;
            }
        }
        boolean included = include.isEmpty();
        for (int i = 0; i < include.size() && !included; i++) {
            included = include.get(i).test(event, flow, users) != Truth.NO;
        }
        return included;
    }
}
