// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** The eBPF programs of {@code src/main/bpf/flow_owner.bpf.c}, and the owners that are not noted without them. */
public enum FlowProgram {
    TCP_CONNECT_OR_LISTEN("TCP connections, and of inbound ones where the listener is younger than this service"),
    SOCKET_CREATED("inbound UDP to sockets that never send"),
    CONNECT4("UDP over IPv4 from some inherited or passed sockets that are connected"),
    CONNECT6("UDP over IPv6 from some inherited or passed sockets that are connected"),
    SENDMSG4("UDP over IPv4 that another process lets pass (NFQUEUE)"),
    SENDMSG6("UDP over IPv6 that another process lets pass (NFQUEUE)"),
    PACKET_SENT("outbound UDP, ping and raw packets"),
    PACKET_RECEIVED("inbound flows"),
    SOCKETS("flows and listening sockets that are older than this service or were passed on");

    private final String covers;

    FlowProgram(String covers) {
        this.covers = covers;
    }

    /** Its name in the object file. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether without these nothing is noted: {@link #PACKET_RECEIVED} says only again what the others noted of its socket. */
    static boolean isNothingLeft(Collection<String> missing) {
        return Arrays.stream(values())
                .allMatch(program -> program == PACKET_RECEIVED || missing.contains(program.text()));
    }

    /** In words, what is left uncovered without these. */
    static String uncovered(Collection<String> missing) {
        return Arrays.stream(values())
                .filter(program -> missing.contains(program.text()))
                .map(program -> program.covers + " (" + program.text() + ")")
                .collect(Collectors.joining("; "));
    }
}
