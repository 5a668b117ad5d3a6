// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.UnitName;

/**
 * What a unit may talk to. Thread-safe.
 *
 * @param unit a system or user unit, or a template
 * @param allow rules of the flows that are expected
 */
public record Expectation(UnitName unit, List<FlowRule> allow) {
    public Expectation {
        allow = List.copyOf(allow);
    }

    /**
     * Reports whether a rule is known to allow a flow of the unit. A rule whose result is unknown allows nothing, so that
     * no process escapes by hiding what a rule needs.
     *
     * @param users uids of the users that the rules name
     */
    public boolean allows(AttributedFlow flow, Map<String, Long> users) {
        for (int i = 0; i < allow.size(); i++) {
            if (allow.get(i).test(flow.event(), flow, users) == Truth.YES) {
                return true;
            }
        }
        return false;
    }

    /** Returns the names of users whose uids the rules need. */
    public Set<String> users() {
        Set<String> names = new TreeSet<>();
        allow.forEach(rule -> names.addAll(rule.users()));
        return names;
    }
}
