// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.List;
import java.util.Objects;

/**
 * What all flows of a group share. A value that differs between them is null, as is one that none of them has.
 *
 * @param v6 whether the flows are IPv6
 * @param source of the original tuple
 * @param destination of the original tuple
 * @param destinationPort {@link #NO_PORT} if the ports differ, or the protocol has none
 * @param namespace where conntrack tracks the flows; null for the network namespace of the service
 * @param owner has no process if the flows are of several
 * @param exe path of the executable
 * @param names empty if the names differ
 * @param passage of the first packets; {@link Passage#UNKNOWN} if it differs
 */
public record CommonValues(
        Boolean v6,
        Protocol protocol,
        IpAddress source,
        IpAddress destination,
        int destinationPort,
        Direction direction,
        NetworkNamespace namespace,
        Owner owner,
        RawText exe,
        List<DestinationName> names,
        Passage passage) {
    /** Stands for no port. */
    public static final int NO_PORT = -1;

    /** What flows share of which nothing is known. */
    public static final CommonValues NONE = new CommonValues(
            null,
            null,
            null,
            null,
            NO_PORT,
            null,
            null,
            Owner.unknown(Unattributed.SEVERAL),
            null,
            List.of(),
            Passage.UNKNOWN);

    /** Returns the values of one flow. */
    public static CommonValues of(AttributedFlow flow) {
        FlowTuple tuple = flow.event().original();
        return new CommonValues(
                tuple.v6(),
                tuple.protocol(),
                tuple.source(),
                tuple.destination(),
                port(tuple),
                flow.direction(),
                flow.event().namespace(),
                flow.owner(),
                flow.owner().exe(),
                flow.names(),
                flow.passage());
    }

    /** Returns what these flows share with another of the same namespace. Returns this if it has all of that. */
    public CommonValues and(AttributedFlow flow) {
        FlowTuple tuple = flow.event().original();
        Owner both = owner.common(flow.owner());
        if (isSame(both, owner)
                && isOf(v6, tuple.v6())
                && isOf(protocol, tuple.protocol())
                && isOf(source, tuple.source())
                && isOf(destination, tuple.destination())
                && (destinationPort == NO_PORT || destinationPort == port(tuple))
                && isOf(direction, flow.direction())
                && isOf(exe, flow.owner().exe())
                && (names.isEmpty() || names.equals(flow.names()))
                && (passage.equals(Passage.UNKNOWN) || passage.equals(flow.passage()))) {
            return this;
        }
        return new CommonValues(
                common(v6, tuple.v6()),
                common(protocol, tuple.protocol()),
                common(source, tuple.source()),
                common(destination, tuple.destination()),
                destinationPort == port(tuple) ? destinationPort : NO_PORT,
                common(direction, flow.direction()),
                namespace,
                both,
                common(exe, flow.owner().exe()),
                names.equals(flow.names()) ? names : List.of(),
                passage.equals(flow.passage()) ? passage : Passage.UNKNOWN);
    }

    private static int port(FlowTuple tuple) {
        return tuple.layer4() instanceof Layer4.Ports ports ? ports.destination() : NO_PORT;
    }

    private static boolean isSame(Object one, Object other) {
        return one == other;
    }

    private static boolean isOf(Object common, Object value) {
        return common == null || common.equals(value);
    }

    private static <T> T common(T one, T other) {
        return Objects.equals(one, other) ? one : null;
    }
}
