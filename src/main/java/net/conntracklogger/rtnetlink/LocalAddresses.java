// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.io.Closeable;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LinuxException;

/** Which addresses are this host's own, now. Follows them without polling. Not safe for use by several threads. */
public final class LocalAddresses implements Closeable {
    private final AddressSet addresses = new AddressSet();
    private final AddressMonitor feed;

    /** Reads the addresses of this network namespace, and those that come and go from now on. */
    public LocalAddresses() throws LinuxException {
        feed = new AddressMonitor(addresses);
    }

    /** Takes in what changed since the last call. */
    public void update() throws LinuxException {
        feed.poll();
    }

    /** Whether this host has the address. */
    public boolean contains(IpAddress address) {
        return addresses.contains(address);
    }

    /**
     * Where a flow runs, by the addresses of this moment, from the address that began it and the one that it really
     * reaches (after NAT).
     *
     * @return null where that cannot be told: its source is the unspecified address
     */
    public Direction direction(FlowEvent event) throws LinuxException {
        update();
        return addresses.direction(event);
    }

    @Override
    public void close() {
        feed.close();
    }
}
