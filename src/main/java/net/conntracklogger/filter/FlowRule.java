// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/** Conditions separated by spaces, all of which must hold. Rules with the same text are equal. Thread-safe. */
public final class FlowRule {
    private final String text;
    private final List<Condition> conditions;

    private FlowRule(String text, List<Condition> conditions) {
        this.text = text;
        this.conditions = conditions;
    }

    /** Parses a rule, such as {@code direction=outbound dst!=10.0.0.0/8 dport=443}. */
    public static FlowRule parse(String text) throws RuleException {
        List<Condition> conditions = new ArrayList<>();
        for (String word : text.strip().split("\\s+")) {
            conditions.add(ConditionParser.parse(word));
        }
        return new FlowRule(text.strip(), List.copyOf(conditions));
    }

    /** Reports whether the rule matches an event, or a flow if that is not null. */
    Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
        Truth result = Truth.YES;
        for (int i = 0; i < conditions.size() && result != Truth.NO; i++) {
            result = result.and(conditions.get(i).test(event, flow, users));
        }
        return result;
    }

    /** Returns the names of users whose uids the rule needs. */
    public Set<String> users() {
        Set<String> names = new HashSet<>();
        conditions.forEach(it -> names.addAll(it.users()));
        return names;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FlowRule that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
