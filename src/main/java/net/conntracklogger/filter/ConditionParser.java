// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Protocol;

/**
 * Parses one condition: {@code SUBJECT=VALUE,...} or {@code SUBJECT!=VALUE,...}. A subject is the name of a journal field in lower
 * case without its prefix, or {@code address} or {@code port} for both sides. Addresses and ports are those before and after NAT.
 */
final class ConditionParser {
    private static final Pattern CONDITION = Pattern.compile("([A-Za-z_]+)(!?=)(.*)");
    private static final String SUBJECTS =
            "direction, proto, address, src, dst, port, sport, dport, dname, service, unit, slice, "
                    + "user, exe, comm or container";

    // What a text without a pattern must be to match anything.
    private static final Pattern UNIT = Pattern.compile(".+\\.(service|scope|socket|mount|swap)");
    private static final String A_UNIT =
            "a unit with processes: write the suffix, such as nginx.service, or a pattern, such as nginx*";
    private static final Pattern SLICE = Pattern.compile(".+\\.slice");
    private static final Pattern PATH = Pattern.compile("/.*");
    /** The root of all names is the only one that ends with a dot. */
    private static final Pattern NAME = Pattern.compile("[^/:]*[^/:.]|\\.");
    /** {@code TASK_COMM_LEN} of the kernel, without the NUL. Bytes that are not printable are longer. */
    private static final Pattern COMM = Pattern.compile(".{1,15}|.*\\\\.*");

    private static final String A_COMM =
            "a name of at most 15 characters, which is all that the kernel keeps; use exe=";

    private ConditionParser() {}

    static Condition parse(String text) throws RuleException {
        Matcher parts = CONDITION.matcher(text);
        if (!parts.matches()) {
            throw new RuleException("'" + text
                    + "' is no condition; write SUBJECT=VALUE or SUBJECT!=VALUE without spaces, with SUBJECT "
                    + SUBJECTS);
        }
        List<String> values = List.of(parts.group(3).split(",", -1));
        if (values.contains("")) {
            throw new RuleException("'" + text + "' lacks a value; separate values by commas without spaces");
        }
        Condition condition = condition(parts.group(1), values);
        return parts.group(2).equals("=") ? condition : new Condition.Not(condition);
    }

    private static Condition condition(String subject, List<String> values) throws RuleException {
        return switch (subject) {
            case "direction" -> direction(values);
            case "proto" -> protocol(values);
            case "address" ->
                ofEitherSide(networks(values), ConditionParser::isSourceIn, ConditionParser::isDestinationIn);
            case "src" -> ofSide(networks(values), ConditionParser::isSourceIn);
            case "dst" -> ofSide(networks(values), ConditionParser::isDestinationIn);
            case "port" ->
                ofEitherSide(ports(values), ConditionParser::isSourcePortIn, ConditionParser::isDestinationPortIn);
            case "sport" -> ofSide(ports(values), ConditionParser::isSourcePortIn);
            case "dport" -> ofSide(ports(values), ConditionParser::isDestinationPortIn);
            case "dname" -> name(fitting(values, NAME, "a name, such as www.example.org"));
            case "service" -> cgroup(fitting(values, UNIT, A_UNIT), ControlGroup::service);
            case "unit" -> cgroup(fitting(values, UNIT, A_UNIT), ControlGroup::unit);
            case "slice" -> cgroup(fitting(values, SLICE, "a slice, such as system.slice"), ControlGroup::slice);
            case "container" -> cgroup(values, ControlGroup::container);
            case "user" -> user(values);
            case "exe" -> process(fitting(values, PATH, "a path, such as /usr/bin/curl"), ProcessInfo::exe);
            case "comm" -> process(fitting(values, COMM, A_COMM), ProcessInfo::comm);
            default -> throw new RuleException("unknown subject '" + subject + "'; use " + SUBJECTS);
        };
    }

    private static <T> List<T> each(List<String> values, Function<String, Optional<T>> parse, String right)
            throws RuleException {
        List<T> parsed = new ArrayList<>();
        for (String value : values) {
            parsed.add(parse.apply(value).orElseThrow(() -> new RuleException("'" + value + "' is not " + right)));
        }
        return List.copyOf(parsed);
    }

    /** Returns the values. Each has a pattern's {@code *} or {@code ?}, or is what the subject can be. */
    private static List<String> fitting(List<String> values, Pattern form, String right) throws RuleException {
        return each(
                values,
                value -> value.matches(".*[*?].*") || form.matcher(value).matches()
                        ? Optional.of(value)
                        : Optional.empty(),
                right);
    }

    private static Condition direction(List<String> values) throws RuleException {
        Set<Direction> directions =
                EnumSet.copyOf(each(values, ConditionParser::directionOf, "outbound, inbound, local or forwarded"));
        return new Condition.OfFlow(
                flow -> flow.direction() == null ? Truth.UNKNOWN : Truth.of(directions.contains(flow.direction())));
    }

    private static Optional<Direction> directionOf(String text) {
        for (Direction direction : Direction.values()) {
            if (direction.text().equals(text)) {
                return Optional.of(direction);
            }
        }
        return Optional.empty();
    }

    private static Condition protocol(List<String> values) throws RuleException {
        BitSet numbers = new BitSet();
        each(values, Protocol::parse, "tcp, udp, icmp, icmpv6, sctp, udplite, dccp, gre or a number from 0 to 255")
                .forEach(protocol -> numbers.set(protocol.number()));
        return new Condition.OfEvent(
                event -> Truth.of(numbers.get(event.original().protocol().number())));
    }

    private static <T> Condition ofEitherSide(
            List<T> ranges,
            BiFunction<List<T>, FlowEvent, Truth> source,
            BiFunction<List<T>, FlowEvent, Truth> destination) {
        return new Condition.OfEvent(event -> source.apply(ranges, event).or(destination.apply(ranges, event)));
    }

    private static <T> Condition ofSide(List<T> ranges, BiFunction<List<T>, FlowEvent, Truth> side) {
        return new Condition.OfFlow(flow -> side.apply(ranges, flow.event()));
    }

    private static List<Network> networks(List<String> values) throws RuleException {
        return each(values, Network::parse, "an address or a network, such as 192.0.2.0/24");
    }

    private static Truth isSourceIn(List<Network> networks, FlowEvent event) {
        return event.isSourceKnown()
                ? contain(networks, event.original().source(), event.reply().destination())
                : Truth.UNKNOWN;
    }

    private static Truth isDestinationIn(List<Network> networks, FlowEvent event) {
        return contain(networks, event.original().destination(), event.reply().source());
    }

    private static Truth contain(List<Network> networks, IpAddress before, IpAddress after) {
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).contains(before) || networks.get(i).contains(after)) {
                return Truth.YES;
            }
        }
        return Truth.NO;
    }

    private static List<Ports> ports(List<String> values) throws RuleException {
        return each(values, Ports::parse, "a port or a range, such as 8000-8999");
    }

    private static Truth isSourcePortIn(List<Ports> ranges, FlowEvent event) {
        if (!event.isSourcePortKnown()) {
            return Truth.UNKNOWN;
        }
        return Truth.of(event.original().layer4() instanceof Layer4.Ports original
                && event.reply().layer4() instanceof Layer4.Ports reply
                && contain(ranges, original.source(), reply.destination()));
    }

    private static Truth isDestinationPortIn(List<Ports> ranges, FlowEvent event) {
        return Truth.of(event.original().layer4() instanceof Layer4.Ports original
                && event.reply().layer4() instanceof Layer4.Ports reply
                && contain(ranges, original.destination(), reply.source()));
    }

    private static boolean contain(List<Ports> ranges, int before, int after) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(before) || ranges.get(i).contains(after)) {
                return true;
            }
        }
        return false;
    }

    private static Condition name(List<String> values) {
        List<Glob> globs =
                values.stream().map(it -> new Glob(it.toLowerCase(Locale.ROOT))).toList();
        return new Condition.OfFlow(flow -> Truth.of(OwnerValues.matchAny(globs, flow.names())));
    }

    private static Condition cgroup(List<String> values, OwnerValues.CgroupText text) {
        List<Glob> globs = globs(values);
        return new Condition.OfFlow(flow -> OwnerValues.matchesCgroup(globs, flow.owner(), text));
    }

    private static Condition process(List<String> values, OwnerValues.ProcessText text) {
        List<Glob> globs = globs(values);
        return new Condition.OfFlow(flow -> OwnerValues.matchesProcess(globs, flow.owner(), text));
    }

    private static List<Glob> globs(List<String> values) {
        return values.stream().map(Glob::new).toList();
    }

    private static Condition user(List<String> values) {
        List<Long> uids = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String value : values) {
            if (value.matches("\\d{1,10}")) {
                uids.add(Long.parseLong(value));
            } else {
                names.add(value);
            }
        }
        return new Condition.OfUser(List.copyOf(uids), List.copyOf(names));
    }
}
