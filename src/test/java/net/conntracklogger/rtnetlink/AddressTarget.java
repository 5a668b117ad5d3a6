// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.flow.Addresses.address;

import java.util.List;
import net.conntracklogger.fuzz.FuzzTarget;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.RawNetlink;

/** Answers and notifications of rtnetlink. */
public final class AddressTarget implements FuzzTarget {
    private final RawNetlink kernel = new RawNetlink(/* hasGroups= */ true);

    @Override
    public List<byte[]> seeds() {
        return List.of(
                RawNetlink.datagram(ScriptedAddresses.link(1, "lo", "")),
                RawNetlink.datagram(ScriptedAddresses.link(7, "vrf0", "vrf")),
                RawNetlink.datagram(ScriptedAddresses.v4("192.0.2.1", 0), ScriptedAddresses.v6("2001:db8::1", 0)),
                RawNetlink.datagram(ScriptedAddresses.route(
                        ScriptedAddresses.AF_INET,
                        8,
                        ScriptedAddresses.LOCAL,
                        ScriptedAddresses.TYPE_LOCAL,
                        "127.0.0.0")),
                RawNetlink.datagram(ScriptedAddresses.removed(ScriptedAddresses.LOCAL, ScriptedAddresses.TYPE_LOCAL)));
    }

    @Override
    public void read(byte[] input) {
        AddressSet addresses = new AddressSet();
        try (AddressMonitor monitor = new AddressMonitor(kernel, addresses)) {
            kernel.put(input, 0xff);
            monitor.poll();
            kernel.put(input, 0xff);
            monitor.poll();
        } catch (LinuxException e) {
            // The kernel refuses, or its answer is malformed.
            return;
        }
        addresses.contains(address("192.0.2.1"));
        addresses.receives(address("2001:db8::1"));
        addresses.hasVrf();
    }
}
