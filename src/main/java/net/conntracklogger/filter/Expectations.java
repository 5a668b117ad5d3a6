// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Owner;

/**
 * What units may talk to. An instance has the expectation of its template unless it has one of its own. A flow is of a unit if
 * a process of the unit opened or accepted it, so it can have to meet several expectations. Immutable, and allocates nothing for
 * a flow.
 */
public final class Expectations {
    /** Expects nothing of any unit. */
    public static final Expectations NONE = new Expectations(List.of());

    private final Map<String, Expectation> byUnit = new HashMap<>();
    private final List<Expectation> ofTemplates;

    /** Creates a set of expectations of different units. */
    public Expectations(List<Expectation> all) {
        all.stream()
                .filter(it -> !it.unit().isTemplate())
                .forEach(it -> byUnit.put(it.unit().text(), it));
        ofTemplates = all.stream().filter(it -> it.unit().isTemplate()).toList();
    }

    /** Reports whether there is none. */
    public boolean isEmpty() {
        return byUnit.isEmpty() && ofTemplates.isEmpty();
    }

    /** Returns the expectation of a unit; null if there is none. */
    public Expectation of(String unit) {
        Expectation own = byUnit.get(unit);
        if (own != null) {
            return own;
        }
        // A unit is of one template at most.
        for (int i = 0; i < ofTemplates.size(); i++) {
            if (ofTemplates.get(i).unit().isOf(unit)) {
                return ofTemplates.get(i);
            }
        }
        return null;
    }

    /**
     * Reports whether an expectation of a unit of the flow does not allow it.
     *
     * @param users uids of the users that the rules name
     */
    public boolean isUnexpected(AttributedFlow flow, Map<String, Long> users) {
        return isUnexpected(flow.owner(), flow, users) || isUnexpected(flow.peer(), flow, users);
    }

    private boolean isUnexpected(Owner owner, AttributedFlow flow, Map<String, Long> users) {
        ControlGroup group = owner == null ? null : owner.cgroup();
        return group != null
                && (isUnexpected(group.unit(), flow, users) || isUnexpected(group.userUnit(), flow, users));
    }

    private boolean isUnexpected(String unit, AttributedFlow flow, Map<String, Long> users) {
        Expectation expectation = unit == null ? null : of(unit);
        return expectation != null && !expectation.allows(flow, users);
    }

    /** Reports whether the flow has to meet the expectation. */
    public boolean isAbout(Expectation expectation, AttributedFlow flow) {
        return isAbout(expectation, flow.owner()) || isAbout(expectation, flow.peer());
    }

    private boolean isAbout(Expectation expectation, Owner owner) {
        ControlGroup group = owner == null ? null : owner.cgroup();
        return group != null && (isOf(group.unit(), expectation) || isOf(group.userUnit(), expectation));
    }

    private boolean isOf(String unit, Expectation expectation) {
        return unit != null && expectation.equals(of(unit));
    }
}
