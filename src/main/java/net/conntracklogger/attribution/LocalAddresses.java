// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.HashSet;
import java.util.Set;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LinuxException;

/** Which addresses are this host's own, now. Follows them without polling. Not safe for use by several threads. */
public final class LocalAddresses implements Closeable {
    private record Prefix(IpAddress network, int bits) {}

    private final Set<IpAddress> addresses = new HashSet<>();
    private final Set<Prefix> prefixes = new HashSet<>();
    private final Set<IpAddress> broadcasts = new HashSet<>();
    private final AddressFeed feed;

    /** Reads the addresses of this network namespace, and those that come and go from now on. */
    public LocalAddresses() throws LinuxException {
        feed = new AddressFeed(new AddressFeed.Listener() {
            @Override
            public void clear() {
                addresses.clear();
                prefixes.clear();
                broadcasts.clear();
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
        });
    }

    /** Takes in what changed since the last call. */
    void update() throws LinuxException {
        feed.poll();
    }

    /** Whether this host has the address. */
    public boolean contains(IpAddress address) {
        if (addresses.contains(address)) {
            return true;
        }
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
     * Where a flow runs, by the addresses of this moment, from the address that began it and the one that it really
     * reaches (after NAT).
     *
     * @return null where that cannot be told: its source is the unspecified address
     */
    public Direction direction(FlowEvent event) throws LinuxException {
        update();
        IpAddress source = event.original().source();
        IpAddress destination = event.reply().source();
        if (source.isUnspecified()) {
            return null;
        }
        boolean ours = contains(source);
        return Direction.of(ours, contains(destination) || !ours && isForAll(destination));
    }

    @Override
    public void close() {
        feed.close();
    }
}
