// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;

/** A second interface, {@code out0}, with a neighbour that receives packets and answers none. */
public final class Uplink {
    private Uplink() {}

    /** Adds the interface to the network namespace of the calling thread, which forwards packets from then on. */
    public static void add(Family family) throws IOException, InterruptedException {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        Child.ip(
                "link add name out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "address add " + address(family) + family.choose("/24", "/64 nodad") + " dev out0",
                "neighbour add " + neighbour(family) + " lladdr 02:00:00:00:00:01 dev out0");
    }

    /** Translates the source of what leaves by the interface to the interface's address. */
    public static void masquerade(Family family) throws IOException, InterruptedException {
        Nat.chain(family, "postrouting", "oifname \"out0\" masquerade");
    }

    /** Returns the address of the interface. */
    public static String address(Family family) {
        return family.choose("192.0.2.1", "2001:db8::1");
    }

    /** Returns the address of the neighbour. */
    public static String neighbour(Family family) {
        return family.choose("192.0.2.9", "2001:db8::9");
    }
}
