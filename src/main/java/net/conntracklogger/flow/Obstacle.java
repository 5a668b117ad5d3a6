// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** The reason why an attempt of a local socket did not become a flow. */
public enum Obstacle {
    /** A rule of nftables or iptables dropped the packet, or the conntrack table was full. */
    NETFILTER("netfilter"),
    /** No route leads to the destination (ENETUNREACH, ENETDOWN). */
    NETWORK_UNREACHABLE("network-unreachable"),
    /** A route says that the destination is unreachable (EHOSTUNREACH). */
    HOST_UNREACHABLE("host-unreachable"),
    /** A route prohibits the destination, or the socket may not use it (EACCES, EPERM). */
    PROHIBITED("prohibited"),
    /** The host has no source address or port left for the destination: EADDRNOTAVAIL, EADDRINUSE. */
    NO_SOURCE("no-source"),
    /** The call to connect failed for another reason. */
    CONNECT_FAILED("connect-failed");

    private final String text;

    Obstacle(String text) {
        this.text = text;
    }

    /** Returns the value of FLOW_REASON. */
    public String text() {
        return text;
    }
}
