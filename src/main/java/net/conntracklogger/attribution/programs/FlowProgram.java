// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** The BPF programs of {@code src/main/bpf}, and the flows that are unattributed without each. */
public enum FlowProgram {
    TCP_CONNECT_OR_LISTEN("TCP connections; inbound TCP to listeners younger than this service"),
    SOCKET_CREATED("inbound UDP to sockets that never send"),
    CONNECT4("UDP over IPv4 from some inherited or passed connected sockets"),
    CONNECT6("UDP over IPv6 from some inherited or passed connected sockets"),
    SENDMSG4("UDP over IPv4 that another process reinjects (NFQUEUE)"),
    SENDMSG6("UDP over IPv6 that another process reinjects (NFQUEUE)"),
    PACKET_SENT("outbound UDP, ping and raw packets"),
    PACKET_RECEIVED("inbound flows"),
    SOCKETS("flows and listening sockets that are older than this service or were passed on"),
    KERNEL_SOCKETS("nothing but the reason why flows of tunnels have no process");

    private final String covers;

    FlowProgram(String covers) {
        this.covers = covers;
    }

    /** Returns the name in the object file. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reports whether nothing is recorded if these programs are missing. {@link #PACKET_RECEIVED} depends on the
     * others, and {@link #KERNEL_SOCKETS} records nothing.
     */
    static boolean isNothingLeft(Collection<String> missing) {
        return Arrays.stream(values())
                .allMatch(program ->
                        program == PACKET_RECEIVED || program == KERNEL_SOCKETS || missing.contains(program.text()));
    }

    /** Describes the flows that may be unattributed without these programs. */
    static String uncovered(Collection<String> missing) {
        return Arrays.stream(values())
                .filter(program -> missing.contains(program.text()))
                .map(program -> program.covers)
                .collect(Collectors.joining("; "));
    }
}
