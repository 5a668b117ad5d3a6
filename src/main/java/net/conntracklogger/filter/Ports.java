// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.Optional;

/** A range of ports, both ends included. */
record Ports(int first, int last) {
    private static final int LAST_PORT = 65_535;

    /** Parses {@code 443} or {@code 8000-8999}; empty if the text is neither. */
    static Optional<Ports> parse(String text) {
        String[] ends = text.split("-", 2);
        String last = ends[ends.length - 1];
        if (!ends[0].matches("\\d{1,5}") || !last.matches("\\d{1,5}")) {
            return Optional.empty();
        }
        Ports ports = new Ports(Integer.parseInt(ends[0]), Integer.parseInt(last));
        return ports.first <= ports.last && ports.last <= LAST_PORT ? Optional.of(ports) : Optional.empty();
    }

    boolean contains(int port) {
        return first <= port && port <= last;
    }
}
