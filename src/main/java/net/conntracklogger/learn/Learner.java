// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;

/** Makes rules of the flows of a unit. */
public final class Learner {
    /** Ports that programs do not choose begin here (ip_local_port_range in ip-sysctl.rst of the kernel). */
    private static final int FIRST_EPHEMERAL = 32_768;

    private static final String EPHEMERAL = FIRST_EPHEMERAL + "-65535";
    /** From this number of ephemeral ports on, a rule allows all of them. */
    private static final int MANY_PORTS = 8;

    private static final String INBOUND = "inbound";
    private static final String LOCAL = "local";

    /** A rule for as many addresses allows all. */
    private static final int MOST_GROUPS = 100_000;

    private static final Grouping DESTINATIONS =
            Grouping.by(FLOW_EVENT, FLOW_DIRECTION, FLOW_PROTO, FLOW_DPORT, FLOW_DST, FLOW_DNAME);
    private static final Grouping SOURCES = Grouping.by(FLOW_EVENT, FLOW_DIRECTION, FLOW_PROTO, FLOW_DPORT, FLOW_SRC);

    /**
     * A rule with the flows that it was made of.
     *
     * @param text as the value of Allow=
     * @param events number of entries
     * @param addresses number of addresses at the far end
     * @param more whether there are more, which are too many to count
     */
    public record Rule(String text, long events, int addresses, boolean more) {}

    /** What rules have in common before they say where. */
    private record Kind(String direction, String protocol, String port) {}

    /** The far ends of a kind of flows. */
    private static final class FarEnds {
        private final SortedSet<String> names = new TreeSet<>();
        private final Set<String> unnamed = new TreeSet<>();
        private final Set<String> addresses = new TreeSet<>();
        private long events;
        private long unnamedEvents;
    }

    /** What rules have in common that differ only in the port. */
    private record Draft(String direction, String protocol, String where) {}

    private static final class Merged {
        private final SortedSet<String> ports =
                new TreeSet<>(Comparator.comparingInt(Learner::firstPort).thenComparing(Comparator.naturalOrder()));
        private final Set<String> addresses = new TreeSet<>();
        private long events;
    }

    private final Map<Kind, FarEnds> kinds = new LinkedHashMap<>();

    private Learner() {}

    /** Returns rules that allow all flows that meet a query, the most frequent first. What was refused stays unallowed. */
    public static List<Rule> rules(FlowLog log, FlowQuery query) throws IOException {
        return rules(log, query, MOST_GROUPS);
    }

    /** @param most maximum number of far ends that are distinguished, for each side */
    static List<Rule> rules(FlowLog log, FlowQuery query, int most) throws IOException {
        // The far side of an inbound flow is its source, and it has no name.
        List<List<Totals>> totals = log.totals(
                query,
                List.of(
                        DESTINATIONS.limited(most, Set.of(FLOW_DST, FLOW_DNAME)),
                        SOURCES.limited(most, Set.of(FLOW_SRC))));
        List<Totals> groups = Stream.concat(
                        totals.get(0).stream().filter(group -> mayTeach(group) && !isInbound(group)),
                        totals.get(1).stream().filter(group -> mayTeach(group) && isInbound(group)))
                .toList();
        Learner learner = new Learner();
        Set<Kind> ephemeral = learner.ephemeral(groups);
        groups.forEach(group -> learner.add(group, ephemeral));
        return learner.rules();
    }

    /**
     * Reports whether events are of single flows. A summary lacks values, so that a rule made of it would allow too much, and a
     * refused attempt became no flow.
     */
    private static boolean mayTeach(Totals group) {
        String event = group.key().get(0);
        return !FlowSummary.EVENT.equals(event)
                && !FlowEvent.Kind.REFUSED.text().equals(event);
    }

    private static boolean isInbound(Totals group) {
        return INBOUND.equals(group.key().get(1));
    }

    /** Returns the kinds, without a port, that use many ephemeral ports. */
    private Set<Kind> ephemeral(List<Totals> groups) {
        return groups.stream()
                .filter(group -> isEphemeral(group.key().get(3)))
                .collect(Collectors.groupingBy(
                        group -> new Kind(group.key().get(1), group.key().get(2), null),
                        Collectors.mapping(group -> group.key().get(3), Collectors.toSet())))
                .entrySet()
                .stream()
                .filter(ports -> ports.getValue().size() > MANY_PORTS)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static boolean isEphemeral(String port) {
        return port != null && Integer.parseInt(port) >= FIRST_EPHEMERAL;
    }

    private void add(Totals group, Set<Kind> ephemeral) {
        List<String> key = group.key();
        Kind any = new Kind(key.get(1), key.get(2), null);
        String port = isEphemeral(key.get(3)) && ephemeral.contains(any) ? EPHEMERAL : key.get(3);
        FarEnds ends = kinds.computeIfAbsent(new Kind(key.get(1), key.get(2), port), it -> new FarEnds());
        String name = key.size() > 5 && !Totals.OTHERS.equals(key.get(4)) ? key.get(5) : null;
        ends.events += group.flows();
        ends.addresses.add(key.get(4));
        if (name != null) {
            ends.names.add(name);
        } else {
            ends.unnamed.add(key.get(4));
            ends.unnamedEvents += group.flows();
        }
    }

    private List<Rule> rules() {
        Map<Draft, Merged> drafts = new LinkedHashMap<>();
        kinds.forEach((kind, ends) -> {
            String where = LOCAL.equals(kind.direction) ? "" : where(kind, ends.unnamed);
            if (where.isEmpty() && !ends.unnamed.isEmpty()) {
                merge(drafts, kind, "", ends.addresses, ends.events);
                return;
            }
            if (!ends.names.isEmpty()) {
                String names = Widening.names(ends.names).orElse("*");
                merge(drafts, kind, " dname=" + names, ends.addresses, ends.events - ends.unnamedEvents);
            }
            if (!ends.unnamed.isEmpty()) {
                merge(drafts, kind, where, ends.unnamed, ends.unnamedEvents);
            }
        });
        return drafts.entrySet().stream()
                .map(draft -> rule(draft.getKey(), draft.getValue()))
                .sorted(Comparator.comparingLong(Rule::events).reversed().thenComparing(Rule::text))
                .toList();
    }

    /** Returns the condition on the far end; nothing if there are too many. */
    private static String where(Kind kind, Set<String> texts) {
        if (texts.contains(Totals.OTHERS)) {
            return "";
        }
        List<IpAddress> addresses =
                texts.stream().map(AddressText::parse).filter(Objects::nonNull).toList();
        String subject = INBOUND.equals(kind.direction) ? " src=" : " dst=";
        return Widening.networks(addresses).map(subject::concat).orElse("");
    }

    private static void merge(Map<Draft, Merged> drafts, Kind kind, String where, Set<String> addresses, long events) {
        Merged merged = drafts.computeIfAbsent(new Draft(kind.direction, kind.protocol, where), it -> new Merged());
        merged.events += events;
        merged.addresses.addAll(addresses);
        if (kind.port != null) {
            merged.ports.add(kind.port);
        }
    }

    private static Rule rule(Draft draft, Merged merged) {
        StringBuilder text = new StringBuilder();
        if (draft.direction != null) {
            text.append("direction=").append(draft.direction).append(' ');
        }
        text.append("proto=").append(draft.protocol);
        if (!merged.ports.isEmpty()) {
            text.append(" dport=").append(String.join(",", merged.ports));
        }
        boolean more = merged.addresses.remove(Totals.OTHERS);
        return new Rule(text + draft.where, merged.events, merged.addresses.size(), more);
    }

    private static int firstPort(String ports) {
        return Integer.parseInt(ports.replaceFirst("-.*", ""));
    }
}
