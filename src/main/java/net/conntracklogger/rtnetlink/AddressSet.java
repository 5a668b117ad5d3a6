// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;

/** The own and the broadcast addresses of a network namespace. Not thread-safe. */
final class AddressSet implements AddressMonitor.Listener {
    private record Prefix(IpAddress network, int bits) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Prefix prefix && bits == prefix.bits && network.equals(prefix.network);
        }

        @Override
        public int hashCode() {
            return 31 * network.hashCode() + bits;
        }
    }

    private final Set<IpAddress> addresses = new HashSet<>();
    private final Set<Prefix> prefixes = new HashSet<>();
    private final Set<IpAddress> broadcasts = new HashSet<>();
    private final Map<Integer, Link> links = new HashMap<>();
    private boolean vrf;

    @Override
    public void clear() {
        addresses.clear();
        prefixes.clear();
        broadcasts.clear();
        links.clear();
        vrf = false;
    }

    @Override
    public void own(IpAddress network, int bits) {
        if (bits == 8 * network.length()) {
            addresses.add(network);
        } else {
            prefixes.add(new Prefix(network, bits));
        }
    }

    @Override
    public void everybody(IpAddress address) {
        broadcasts.add(address);
    }

    @Override
    public void link(int index, Link link) {
        links.put(index, link);
        vrf |= link.isVrf();
    }

    /** Returns the device with this index; null if there is none. */
    Link link(int index) {
        return links.get(index);
    }

    /** Reports whether there is a VRF device. */
    boolean hasVrf() {
        return vrf;
    }

    /** Reports whether the namespace has the address. */
    boolean contains(IpAddress address) {
        return addresses.contains(address) || isIn(prefixes, address);
    }

    /** Reports whether packets to the address are for this namespace, or for everybody. */
    boolean receives(IpAddress address) {
        return contains(address) || isForAll(address);
    }

    private static boolean isIn(Set<Prefix> prefixes, IpAddress address) {
        for (Prefix prefix : prefixes) {
            if (address.isIn(prefix.network, prefix.bits)) {
                return true;
            }
        }
        return false;
    }

    private boolean isForAll(IpAddress address) {
        boolean multicast = address.v6() ? address.high() >>> 56 == 0xff : address.low() >>> 28 == 0xe;
        boolean limited = !address.v6() && address.low() == 0xffff_ffffL;
        return multicast || limited || broadcasts.contains(address);
    }

    /**
     * Returns the direction of a flow by its addresses. They are those of its initiator and of its destination after
     * NAT.
     *
     * @return null if the source is the unspecified address
     */
    Direction direction(FlowEvent event) {
        IpAddress source = event.original().source();
        IpAddress destination = event.reply().source();
        if (source.isUnspecified()) {
            return null;
        }
        boolean ours = contains(source);
        return Direction.of(ours, contains(destination) || !ours && isForAll(destination));
    }
}
