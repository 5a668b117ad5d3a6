// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.List;
import java.util.Optional;

/**
 * An IP protocol.
 *
 * @param number 0 to 255, as in the IPv4 header's protocol field ({@code linux/in.h}, {@code IPPROTO_*})
 */
public record Protocol(int number) {

    public static final Protocol ICMP = new Protocol(1);
    public static final Protocol TCP = new Protocol(6);
    public static final Protocol UDP = new Protocol(17);
    public static final Protocol DCCP = new Protocol(33);
    public static final Protocol GRE = new Protocol(47);
    public static final Protocol ICMPV6 = new Protocol(58);
    public static final Protocol SCTP = new Protocol(132);
    public static final Protocol UDPLITE = new Protocol(136);

    private static final int LAST = 255;
    private static final List<Protocol> NAMED = List.of(TCP, UDP, ICMP, ICMPV6, SCTP, UDPLITE, DCCP, GRE);

    public static Protocol of(int number) {
        return switch (number) {
            case 1 -> ICMP;
            case 6 -> TCP;
            case 17 -> UDP;
            case 33 -> DCCP;
            case 47 -> GRE;
            case 58 -> ICMPV6;
            case 132 -> SCTP;
            case 136 -> UDPLITE;
            default -> new Protocol(number);
        };
    }

    /**
     * Returns the protocol with this name or number; empty if there is none. The name is that of {@link #text}, the
     * number is from 0 to 255.
     */
    public static Optional<Protocol> parse(String text) {
        if (text.matches("\\d{1,3}") && Integer.parseInt(text) <= LAST) {
            return Optional.of(of(Integer.parseInt(text)));
        }
        return NAMED.stream().filter(it -> it.text().equals(text)).findFirst();
    }

    public boolean isIcmp() {
        return number == 1 || number == 58;
    }

    /** Reports whether this is UDP or UDP-Lite, whose sockets can receive without a connection. */
    public boolean isUdp() {
        return number == 17 || number == 136;
    }

    /** Returns the lower-case name of a protocol that conntrack knows by name, else the number. */
    public String text() {
        return switch (number) {
            case 1 -> "icmp";
            case 6 -> "tcp";
            case 17 -> "udp";
            case 33 -> "dccp";
            case 47 -> "gre";
            case 58 -> "icmpv6";
            case 132 -> "sctp";
            case 136 -> "udplite";
            default -> Integer.toString(number);
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Protocol protocol && number == protocol.number;
    }

    @Override
    public int hashCode() {
        return number;
    }
}
