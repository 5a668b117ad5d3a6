// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.io.Closeable;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LinuxException;

/**
 * The addresses that this network namespace has now, and the direction of flows by them. Follows changes by notifications of the
 * kernel. Not thread-safe.
 */
public final class LocalAddresses implements Closeable {
    private final AddressSet addresses = new AddressSet();
    private final AddressMonitor monitor;

    /** Reads all addresses and begins to follow their changes. */
    public LocalAddresses() throws LinuxException {
        monitor = AddressMonitor.open(addresses);
    }

    /** Applies what changed since the last call. */
    public void update() throws LinuxException {
        monitor.poll();
    }

    /** Reports whether this namespace had the address at the last update. */
    public boolean contains(IpAddress address) {
        return addresses.contains(address);
    }

    /**
     * Reports whether this host receives packets to the address. The address is an own one, a broadcast or a multicast
     * address.
     */
    public boolean receives(IpAddress address) {
        return addresses.receives(address);
    }

    /** Returns the device with this index at the last update; null if none. */
    public Link link(int index) {
        return addresses.link(index);
    }

    /**
     * Reports whether the namespace has a VRF device. If so, the device of a packet does not show whether its
     * destination is local.
     */
    public boolean hasVrf() {
        return addresses.hasVrf();
    }

    /**
     * Returns the direction of a flow by the addresses as of the last update. They are those of its initiator and of
     * its destination after NAT.
     *
     * @return null if the source is the unspecified address, which shows nothing
     */
    public Direction direction(FlowEvent event) {
        return addresses.direction(event);
    }

    @Override
    public void close() {
        monitor.close();
    }
}
