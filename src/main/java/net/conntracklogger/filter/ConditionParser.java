// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Protocol;

/**
 * Parses one condition: {@code SUBJECT=VALUE,...} or {@code SUBJECT!=VALUE,...}. A subject is the name of a journal field in lower
 * case without its prefix, or {@code address} or {@code port} for both ends. Addresses and ports are those before and after NAT.
 */
final class ConditionParser {
    private static final Pattern CONDITION = Pattern.compile("([a-z_]+)(!?=)(.*)");
    private static final String SUBJECTS =
            "direction, proto, address, src, dst, port, sport, dport, dname, service, unit, slice, "
                    + "user, exe, comm or container";

    private ConditionParser() {}

    static Condition parse(String text) throws RuleException {
        Matcher parts = CONDITION.matcher(text);
        if (!parts.matches()) {
            throw new RuleException(
                    "'" + text + "' is no condition; write SUBJECT=VALUE or SUBJECT!=VALUE, with SUBJECT " + SUBJECTS);
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
            case "address" -> anyAddress(each(values, Network::parse, "an address or a network, such as 192.0.2.0/24"));
            case "src" -> source(each(values, Network::parse, "an address or a network, such as 192.0.2.0/24"));
            case "dst" -> destination(each(values, Network::parse, "an address or a network, such as 192.0.2.0/24"));
            case "port" -> anyPort(each(values, Ports::parse, "a port or a range, such as 8000-8999"));
            case "sport" -> sourcePort(each(values, Ports::parse, "a port or a range, such as 8000-8999"));
            case "dport" -> destinationPort(each(values, Ports::parse, "a port or a range, such as 8000-8999"));
            case "dname" -> name(values);
            case "service" -> cgroup(values, ControlGroup::service);
            case "unit" -> cgroup(values, ControlGroup::unit);
            case "slice" -> cgroup(values, ControlGroup::slice);
            case "container" -> cgroup(values, ControlGroup::container);
            case "user" -> user(values);
            case "exe" -> process(values, ProcessInfo::exe);
            case "comm" -> process(values, ProcessInfo::comm);
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

    private static Condition direction(List<String> values) throws RuleException {
        List<Direction> directions =
                each(values, ConditionParser::directionOf, "outbound, inbound, local or forwarded");
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
        List<Protocol> protocols = each(values, Protocol::parse, "the name of a protocol or a number from 0 to 255");
        return new Condition.OfEvent(
                event -> protocols.contains(event.original().protocol()));
    }

    private static Condition anyAddress(List<Network> networks) {
        return new Condition.OfEvent(event -> contain(networks, event.original().source())
                || contain(networks, event.original().destination())
                || contain(networks, event.reply().source())
                || contain(networks, event.reply().destination()));
    }

    private static Condition source(List<Network> networks) {
        return new Condition.OfFlow(
                flow -> Truth.of(contain(networks, flow.event().original().source())
                        || contain(networks, flow.event().reply().destination())));
    }

    private static Condition destination(List<Network> networks) {
        return new Condition.OfFlow(
                flow -> Truth.of(contain(networks, flow.event().original().destination())
                        || contain(networks, flow.event().reply().source())));
    }

    private static boolean contain(List<Network> networks, IpAddress address) {
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static Condition anyPort(List<Ports> ports) {
        return new Condition.OfEvent(event -> event.original().layer4() instanceof Layer4.Ports original
                && event.reply().layer4() instanceof Layer4.Ports reply
                && (contain(ports, original.source(), reply.destination())
                        || contain(ports, original.destination(), reply.source())));
    }

    private static Condition sourcePort(List<Ports> ports) {
        return new Condition.OfFlow(flow -> Truth.of(flow.event().original().layer4() instanceof Layer4.Ports original
                && flow.event().reply().layer4() instanceof Layer4.Ports reply
                && contain(ports, original.source(), reply.destination())));
    }

    private static Condition destinationPort(List<Ports> ports) {
        return new Condition.OfFlow(flow -> Truth.of(flow.event().original().layer4() instanceof Layer4.Ports original
                && flow.event().reply().layer4() instanceof Layer4.Ports reply
                && contain(ports, original.destination(), reply.source())));
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
        return new Condition.OfFlow(flow ->
                Truth.of(flow.names().stream().anyMatch(name -> OwnerValues.matches(globs, name.text()))));
    }

    private static Condition cgroup(List<String> values, OwnerValues.CgroupText text) {
        List<Glob> globs = values.stream().map(Glob::new).toList();
        return new Condition.OfFlow(flow -> OwnerValues.matchesCgroup(globs, flow.owner(), text));
    }

    private static Condition process(List<String> values, OwnerValues.ProcessText text) {
        List<Glob> globs = values.stream().map(Glob::new).toList();
        return new Condition.OfFlow(flow -> OwnerValues.matchesProcess(globs, flow.owner(), text));
    }

    private static Condition user(List<String> values) {
        Set<Long> uids = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (String value : values) {
            if (value.matches("\\d{1,10}")) {
                uids.add(Long.parseLong(value));
            } else {
                names.add(value);
            }
        }
        return new Condition.OfUser(Set.copyOf(uids), Set.copyOf(names));
    }
}
