// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** One direction of a flow, what the kernel calls a tuple ({@code struct nf_conntrack_tuple}). */
public record FlowTuple(IpAddress source, IpAddress destination, Protocol protocol, Layer4 layer4) {

    public boolean v6() {
        return source.v6();
    }

    /** The source port; 0 where the protocol has none. */
    public int sourcePort() {
        return layer4 instanceof Layer4.Ports ports ? ports.source() : 0;
    }

    /** The destination port; 0 where the protocol has none. */
    public int destinationPort() {
        return layer4 instanceof Layer4.Ports ports ? ports.destination() : 0;
    }

    /** The same packets seen from the other end. An ICMP tuple keeps its type: only its addresses turn. */
    public FlowTuple mirrored() {
        Layer4 turned = layer4 instanceof Layer4.Ports ports
                ? new Layer4.Ports(/* source= */ ports.destination(), /* destination= */ ports.source())
                : layer4;
        return new FlowTuple(/* source= */ destination, /* destination= */ source, protocol, turned);
    }

    /** Whether this, a reply tuple, is other than {@code original} turned round: whether the flow is NATed. */
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
}
