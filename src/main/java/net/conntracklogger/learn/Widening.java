// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.conntracklogger.flow.IpAddress;

/** Makes few networks and patterns of many addresses and names. Rules then also allow what is near. */
final class Widening {
    /** Number of neighbours from which on a network or a pattern stands for all. */
    private static final int NEIGHBOURS = 3;
    /** More values than a person reads in a rule. */
    private static final int MOST_VALUES = 16;

    private static final int V4_BITS = 24;
    private static final int V6_BITS = 64;

    private Widening() {}

    /** Returns addresses and networks that have all of the addresses; empty if too many. They are a list of values. */
    static Optional<String> networks(Collection<IpAddress> addresses) {
        Map<String, SortedSet<String>> networks = new TreeMap<>();
        for (IpAddress address : addresses) {
            networks.computeIfAbsent(network(address), key -> new TreeSet<>()).add(address.toString());
        }
        return joined(networks);
    }

    private static String network(IpAddress address) {
        return address.v6()
                ? new IpAddress(true, address.high(), 0) + "/" + V6_BITS
                : IpAddress.v4((int) address.low() & -1 << Integer.SIZE - V4_BITS) + "/" + V4_BITS;
    }

    /** Returns names and patterns that match all of the names; empty if too many. They are a list of values. */
    static Optional<String> names(Collection<String> names) {
        Map<String, SortedSet<String>> patterns = new TreeMap<>();
        for (String name : names) {
            String value = value(name);
            patterns.computeIfAbsent(parent(value), key -> new TreeSet<>()).add(value);
        }
        return joined(patterns);
    }

    /**
     * Returns the pattern for all names beside a name. Returns the name if these need not belong to the same owner: where the
     * name has two labels, or the two of its parent look like those of a registry, such as co.uk.
     */
    private static String parent(String name) {
        int dot = name.indexOf('.');
        String parent = name.substring(dot + 1);
        boolean shared = dot < 0 || parent.indexOf('.') < 0 || parent.matches("[^.]{1,3}\\.[^.]{2}");
        return shared ? name : "*." + parent;
    }

    /**
     * Replaces each byte that rules may interpret by the pattern for any byte. Such a byte has a meaning in the syntax
     * of rules, or may have.
     */
    private static String value(String name) {
        return new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                .replaceAll("[^A-Za-z0-9_.-]", "?");
    }

    private static Optional<String> joined(Map<String, SortedSet<String>> byNeighbourhood) {
        SortedSet<String> values = new TreeSet<>();
        byNeighbourhood.forEach((neighbourhood, members) -> {
            if (members.size() < NEIGHBOURS) {
                values.addAll(members);
            } else {
                values.add(neighbourhood);
            }
        });
        return values.size() > MOST_VALUES
                ? Optional.empty()
                : Optional.of(values.stream().collect(Collectors.joining(",")));
    }
}
