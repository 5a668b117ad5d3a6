// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** One direction of a flow ({@code struct nf_conntrack_tuple}). */
public record FlowTuple(IpAddress source, IpAddress destination, Protocol protocol, Layer4 layer4) {

    @Override
    public int hashCode() {
        int ends = 31 * source.hashCode() + destination.hashCode();
        return 31 * (31 * ends + protocol.hashCode()) + layer4.hashCode();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FlowTuple tuple
                && source.equals(tuple.source)
                && destination.equals(tuple.destination)
                && protocol.equals(tuple.protocol)
                && layer4.equals(tuple.layer4);
    }

    public boolean v6() {
        return source.v6();
    }

    /** Returns the source port, or 0 if the protocol has none. */
    public int sourcePort() {
        return layer4 instanceof Layer4.Ports ports ? ports.source() : 0;
    }

    /** Returns the destination port, or 0 if the protocol has none. */
    public int destinationPort() {
        return layer4 instanceof Layer4.Ports ports ? ports.destination() : 0;
    }

    /** Returns the tuple with source and destination swapped. An ICMP tuple keeps its type. */
    public FlowTuple reversed() {
        Layer4 reversed = layer4 instanceof Layer4.Ports ports
                ? new Layer4.Ports(/* source= */ ports.destination(), /* destination= */ ports.source())
                : layer4;
        return new FlowTuple(/* source= */ destination, /* destination= */ source, protocol, reversed);
    }

    /** Reports whether this reply tuple differs from the reversed original tuple, because NAT changed it. */
    public boolean isTranslationOf(FlowTuple original) {
        return !source.equals(original.destination)
                || !destination.equals(original.source)
                || layer4 instanceof Layer4.Ports mine
                        && original.layer4 instanceof Layer4.Ports other
                        && (mine.source() != other.destination() || mine.destination() != other.source())
                || layer4 instanceof Layer4.Icmp mine
                        && original.layer4 instanceof Layer4.Icmp other
                        && mine.id() != other.id();
    }

    /**
     * Appends the tuple as people write it: {@code tcp 192.0.2.1:40000 > 192.0.2.2:80},
     * {@code tcp [2001:db8::1]:40000 > [2001:db8::2]:80} or {@code icmp 192.0.2.1 > 192.0.2.2 type 8 code 0 id 7}.
     */
    public void appendTo(StringBuilder text) {
        text.append(protocol.text()).append(' ');
        boolean ported = layer4 instanceof Layer4.Ports;
        appendEnd(text, source, ported ? sourcePort() : -1);
        text.append(" > ");
        appendEnd(text, destination, ported ? destinationPort() : -1);
        if (layer4 instanceof Layer4.Icmp icmp) {
            text.append(" type ").append(icmp.type());
            text.append(" code ").append(icmp.code());
            text.append(" id ").append(icmp.id());
        }
    }

    /**
     * Appends an address and a port.
     *
     * @param address null for any, which is {@code *}
     * @param port negative if there is none
     */
    public static void appendEnd(StringBuilder text, IpAddress address, int port) {
        boolean bracketed = port >= 0 && address != null && address.v6();
        text.append(bracketed ? "[" : "");
        if (address == null) {
            text.append('*');
        } else {
            address.appendTo(text);
        }
        text.append(bracketed ? "]" : "");
        if (port >= 0) {
            text.append(':').append(port);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        appendTo(text);
        return text.toString();
    }
}
