// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

/** An address family, with the addresses that {@link OwnNetwork#join} and {@link Uplink} assign. */
public enum Family {
    IPV4("ip", OwnNetwork.NEAR, OwnNetwork.FAR),
    IPV6("ip6", OwnNetwork.NEAR6, OwnNetwork.FAR6);

    private final String nft;
    private final String near;
    private final String far;

    Family(String nft, String near, String far) {
        this.nft = nft;
        this.near = near;
        this.far = far;
    }

    /** Returns the family's name in rulesets of nft(8). */
    public String nft() {
        return nft;
    }

    /** Returns the address of the test's network namespace. */
    public String near() {
        return near;
    }

    /** Returns the address of the network namespace at the far end of the cable. */
    public String far() {
        return far;
    }

    /** Returns an address that the far end accepts packets for, and no interface has. */
    public String beyond() {
        return choose("10.78.0.9", "fd00:10:78::9");
    }

    public String loopback() {
        return choose("127.0.0.1", "::1");
    }

    /** Returns an address and a port as {@link net.conntracklogger.flow.FlowTuple} prints them. */
    public String endpoint(String address, Object port) {
        return choose(address, "[" + address + "]") + ":" + port;
    }

    /** Returns a tuple as {@link net.conntracklogger.flow.FlowTuple} prints it. */
    public String tuple(String protocol, String source, Object port, String destination, Object destinationPort) {
        return protocol + " " + endpoint(source, port) + " > " + endpoint(destination, destinationPort);
    }

    /** Returns the argument of this family. */
    public String choose(String ipv4, String ipv6) {
        return this == IPV4 ? ipv4 : ipv6;
    }
}
