// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** The part of a tuple that distinguishes the flows of one protocol between two addresses. */
public sealed interface Layer4 {

    /** Ports, 0 to 65,535, in host byte order. */
    record Ports(int source, int destination) implements Layer4 {
        @Override
        public boolean equals(Object other) {
            return other instanceof Ports ports && source == ports.source && destination == ports.destination;
        }

        @Override
        public int hashCode() {
            return 31 * source + destination;
        }
    }

    /**
     * ICMP or ICMPv6: type and code 0 to 255, the echo identifier 0 to 65,535. The identifier is in host byte order.
     */
    record Icmp(int type, int code, int id) implements Layer4 {}

    /** No fields. Conntrack tracks only the addresses of such a protocol. */
    record None() implements Layer4 {
        public static final None NONE = new None();
    }
}
