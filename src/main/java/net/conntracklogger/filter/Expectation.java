// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Owner;

/**
 * What a unit may talk to. A flow is of the unit if a process of it opened or accepted the flow. Thread-safe.
 *
 * @param unit name of a system or user unit; {@code web@.service} stands for all instances of that template
 * @param allow rules of the flows that are expected
 */
public record Expectation(String unit, List<FlowRule> allow) {
    private static final String TEMPLATE = "@.";

    public Expectation {
        allow = List.copyOf(allow);
    }

    /**
     * Reports whether the flow is the unit's and no rule is known to allow it. A rule whose result is unknown allows
     * nothing, so that no process escapes by hiding what a rule needs.
     *
     * @param users uids of the users that the rules name
     */
    public boolean isUnexpected(AttributedFlow flow, Map<String, Long> users) {
        if (!isAbout(flow)) {
            return false;
        }
        for (int i = 0; i < allow.size(); i++) {
            if (allow.get(i).test(flow.event(), flow, users) == Truth.YES) {
                return false;
            }
        }
        return true;
    }

    /** Reports whether the flow is of the unit. */
    public boolean isAbout(AttributedFlow flow) {
        return isOf(flow.owner()) || isOf(flow.peer());
    }

    /** Reports whether the unit is a template, which stands for several units. */
    public boolean isTemplate() {
        return unit.contains(TEMPLATE);
    }

    /** Returns the names of users whose uids the rules need. */
    public Set<String> users() {
        Set<String> names = new TreeSet<>();
        allow.forEach(rule -> names.addAll(rule.users()));
        return names;
    }

    private boolean isOf(Owner owner) {
        ControlGroup cgroup = owner == null ? null : owner.cgroup();
        return cgroup != null && (isUnit(cgroup.unit()) || isUnit(cgroup.userUnit()));
    }

    private boolean isUnit(String name) {
        if (name == null) {
            return false;
        }
        int instance = unit.indexOf(TEMPLATE) + 1;
        int suffix = unit.length() - instance;
        return instance == 0
                ? name.equals(unit)
                : name.length() > unit.length()
                        && name.regionMatches(0, unit, 0, instance)
                        && name.regionMatches(name.length() - suffix, unit, instance, suffix);
    }
}
