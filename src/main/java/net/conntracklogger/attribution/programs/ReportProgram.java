// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A BPF program that attributes no flow, but reports what conntrack does not. */
public enum ReportProgram {
    PACKET_SOCKET_CREATED("packet sockets that close within a second"),
    PACKET_DROPPED("flows that netfilter refuses"),
    CONNECT4_FAILED("TCP connects that fail at once"),
    CONNECT6_FAILED("TCP connects that fail at once");

    private final String reports;

    ReportProgram(String reports) {
        this.reports = reports;
    }

    /** Returns the name in the object file. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static boolean isNameOf(String program) {
        return Stream.of(values()).anyMatch(known -> known.text().equals(program));
    }

    /** Describes what is not reported without these programs, as a subject in the plural. */
    public static String unreported(Collection<Refusal> missing) {
        return Stream.of(values())
                .filter(program -> ProgramSet.names(missing).contains(program.text()))
                .map(program -> program.reports)
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
