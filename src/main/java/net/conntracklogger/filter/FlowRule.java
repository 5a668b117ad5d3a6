// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/** Conditions separated by spaces, all of which must hold. Rules with the same text are equal. Thread-safe. */
public final class FlowRule {
    /** Subjects that have two values if the flow is translated. */
    private static final Set<String> ENDS = Set.of("src", "dst", "sport", "dport");
    /** Subjects that have several values. */
    private static final Set<String> SEVERAL = Set.of("address", "port", "dname");

    private final String text;
    private final Condition[] conditions;

    private FlowRule(String text, Condition[] conditions) {
        this.text = text;
        this.conditions = conditions;
    }

    /** Parses a rule, such as {@code direction=outbound dst!=10.0.0.0/8 dport=443}. */
    public static FlowRule parse(String text) throws RuleException {
        List<Condition> conditions = new ArrayList<>();
        for (String word : text.strip().split("\\s+")) {
            conditions.add(ConditionParser.parse(word));
        }
        FlowRule rule = new FlowRule(text.strip(), conditions.toArray(Condition[]::new));
        Optional<String> twice =
                rule.repeated().filter(subject -> !ENDS.contains(subject)).findFirst();
        if (twice.isPresent()) {
            throw new RuleException("'" + twice.get()
                    + "' is there twice, but a flow has one; write the values in one condition, separated by commas");
        }
        return rule;
    }

    /** Returns the subjects of which a flow must have several of the values. */
    private Stream<String> repeated() {
        return Arrays.stream(text.split("\\s+"))
                .map(word -> word.substring(0, word.indexOf('=')))
                .filter(subject -> !subject.endsWith("!") && !SEVERAL.contains(subject))
                .collect(Collectors.groupingBy(it -> it, Collectors.counting()))
                .entrySet()
                .stream()
                .filter(subject -> subject.getValue() > 1)
                .map(Map.Entry::getKey);
    }

    /** Returns a subject with two conditions that only translated flows meet. Empty if there is none. */
    public Optional<String> translated() {
        return repeated().findFirst();
    }

    /** Reports whether the rule matches an event, or a flow if that is not null. */
    Truth test(FlowEvent event, AttributedFlow flow, Map<String, Long> users) {
        Truth result = Truth.YES;
        for (Condition condition : conditions) {
            Truth holds = condition.test(event, flow, users);
            if (holds == Truth.NO) {
                return Truth.NO;
            }
            result = holds == Truth.UNKNOWN ? Truth.UNKNOWN : result;
        }
        return result;
    }

    /** Returns the names of users whose uids the rule needs. */
    public Set<String> users() {
        Set<String> names = new HashSet<>();
        for (Condition condition : conditions) {
            names.addAll(condition.users());
        }
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
