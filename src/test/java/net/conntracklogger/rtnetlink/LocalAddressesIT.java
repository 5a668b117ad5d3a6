// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.flow.Addresses.address;
import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against addresses that ip(8) adds and removes. */
@KernelTest
class LocalAddressesIT {
    private static final int PATIENCE_MILLIS = 30_000;

    private interface Check {
        void run(LocalAddresses either) throws IOException;
    }

    private LocalAddresses addresses;

    @BeforeEach
    void open() throws IOException {
        addresses = new LocalAddresses();
    }

    @AfterEach
    void close() {
        addresses.close();
    }

    @Test
    void findsTheDirectionOfAFlow(OwnNetwork far) throws IOException {
        assertEquals(OUTBOUND, direction("10.77.0.2", "10.77.0.1"));
        assertEquals(OUTBOUND, direction("127.0.0.1", "192.0.2.1"));
        assertEquals(INBOUND, direction("10.77.0.1", "10.77.0.2"));
        assertEquals(LOCAL, direction("10.77.0.2", "10.77.0.2"));
        assertEquals(LOCAL, direction("10.77.0.2", "127.0.0.53"));
        assertEquals(FORWARDED, direction("10.77.0.1", "192.0.2.1"));
        assertEquals(OUTBOUND, direction("fd00:10:77::2", "fd00:10:77::1"));
        assertEquals(INBOUND, direction("fd00:10:77::1", "fd00:10:77::2"));
        assertEquals(LOCAL, direction("::1", "fd00:10:77::2"));
        assertEquals(FORWARDED, direction("fd00:10:77::1", "2001:db8::1"));
    }

    @Test
    void treatsBroadcastAndMulticastAsAddressedToThisHost(OwnNetwork far) throws IOException {
        for (String address : new String[] {"10.77.0.255", "255.255.255.255", "224.0.0.251"}) {
            assertEquals(INBOUND, direction("10.77.0.1", address));
            assertEquals(OUTBOUND, direction("10.77.0.2", address));
        }
        assertEquals(INBOUND, direction("fd00:10:77::1", "ff02::fb"));
        assertEquals(OUTBOUND, direction("fd00:10:77::2", "ff02::fb"));
    }

    @Test
    void findsNoDirectionWithoutASource() throws IOException {
        assertNull(direction("0.0.0.0", "255.255.255.255"));
        assertNull(direction("::", "ff02::1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.7", "2001:db8::7"})
    void followsAddressesThatComeAndGo(String address) throws Exception {
        assertFalse(addresses.contains(address(address)));
        Child.run("ip", "address", "add", address, "dev", "lo");
        awaitChange(address, true);
        Child.run("ip", "address", "del", address, "dev", "lo");
        awaitChange(address, false);
    }

    @Test
    void containsLocalNetworks() throws Exception {
        Child.ip("route add local 198.51.100.0/24 dev lo", "route add local 2001:db8:1::/48 dev lo");
        forBoth(either -> {
            assertTrue(either.contains(address("198.51.100.200")));
            assertFalse(either.contains(address("198.51.101.1")));
            assertTrue(either.contains(address("2001:db8:1:2::3")));
            assertFalse(either.contains(address("2001:db8:2::")));
        });
        Child.run("ip", "route", "del", "local", "198.51.100.0/24", "dev", "lo");
        awaitChange("198.51.100.200", false);
    }

    /** The kernel does not report that the route goes. */
    @Test
    void dropsAnIpv4NetworkThatGoesWithItsInterface() throws Exception {
        Child.ip(
                "link add gone0 type veth peer name gone1",
                "link set gone0 up",
                "route add local 198.51.102.0/24 dev gone0");
        awaitChange("198.51.102.1", true);
        Child.ip("link del gone0");
        awaitChange("198.51.102.1", false);
    }

    @Test
    void readsThousands() throws Exception {
        String[] commands = new String[2000];
        for (int i = 0; i < commands.length; i++) {
            commands[i] = "address add 10.%d.%d.1/32 dev lo".formatted(100 + i / 250, i % 250);
        }
        Child.ip(commands);
        forBoth(either -> {
            assertTrue(either.contains(address("10.100.0.1")));
            assertTrue(either.contains(address("10.107.249.1")));
            assertFalse(either.contains(address("10.108.0.1")));
        });
    }

    /** Interfaces that share a MAC address often share their link-local address. */
    @ParameterizedTest
    @CsvSource({"192.0.2.7,32,", "fe80::7,64,nodad"})
    void keepsAnAddressThatAnotherInterfaceHas(String address, int bits, String option) throws Exception {
        String add = "address add " + address + "/" + bits + (option == null ? "" : " " + option) + " dev ";
        addCable(add + "one", add + "other");
        awaitChange(address, true);
        Child.run("ip", "address", "del", address + "/" + bits, "dev", "one");
        // The kernel reports this one after the removal.
        Child.run("ip", "address", "add", "192.0.2.99", "dev", "lo");
        awaitChange("192.0.2.99", true);
        assertTrue(addresses.contains(address(address)));
        Child.run("ip", "link", "del", "one");
        awaitChange(address, false);
    }

    @Test
    void containsTemporaryAddresses() throws Exception {
        Child.ip("link add one type veth peer name other");
        Child.run("sysctl", "-qw", "net.ipv6.conf.one.use_tempaddr=2", "net.ipv6.conf.one.accept_dad=0");
        Child.ip("link set other up", "link set one up", "address add 2001:db8:5::1/64 dev one mngtmpaddr");
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        String shown = "";
        while (!shown.contains("2001:db8:5:") || shown.contains("tentative")) {
            assertTrue(System.nanoTime() < end, "no temporary address");
            shown = Child.run("ip", "-o", "-6", "address", "show", "dev", "one", "temporary");
        }
        awaitChange(shown.replaceAll("(?s).*inet6 ([^/]*)/.*", "$1"), true);
    }

    @Test
    void containsItsOwnEndOfAPointToPointLinkOnly() throws Exception {
        addCable("address add 192.0.2.1 peer 192.0.2.2 dev one");
        awaitChange("192.0.2.1", true);
        assertFalse(addresses.contains(address("192.0.2.2")));
    }

    /** A VRF has its local routes in a table of its own. */
    @Test
    void containsAddressesWhoseRoutesAreInAnotherTable() throws Exception {
        addCable(
                "address add 192.0.2.1/24 dev one",
                "address add 2001:db8::1/64 dev one nodad",
                "route del local 192.0.2.1 dev one table local",
                "route del broadcast 192.0.2.255 dev one table local",
                "route add local 192.0.2.1 dev one table 1000",
                "route add broadcast 192.0.2.255 dev one table 1000");
        forBoth(either -> {
            assertTrue(either.contains(address("192.0.2.1")));
            assertTrue(either.contains(address("2001:db8::1")));
            assertEquals(INBOUND, direction(either, "192.0.2.9", "192.0.2.255"));
            assertEquals(FORWARDED, direction(either, "192.0.2.9", "192.0.2.254"));
        });
    }

    /** A transparent proxy receives everything by such a route and owns nothing. */
    @Test
    void doesNotContainWhatATransparentProxyReceives() throws Exception {
        Child.ip(
                "route add local 0.0.0.0/0 dev lo table 100",
                "route add local ::/0 dev lo table 100",
                "rule add fwmark 1 lookup 100");
        forBoth(either -> {
            assertFalse(either.contains(address("192.0.2.1")));
            assertFalse(either.contains(address("2001:db8::1")));
        });
    }

    /** Routes of the local table count, even the default route. */
    @Test
    void containsEverythingIfTheLocalTableDoes() throws Exception {
        Child.ip("route add local 0.0.0.0/0 dev lo table local");
        awaitChange("192.0.2.1", true);
        Child.ip("route del local 0.0.0.0/0 dev lo table local");
        awaitChange("192.0.2.1", false);
    }

    @Test
    void containsTheAnycastAddressOfARouter(OwnNetwork far) throws Exception {
        Child.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        Child.ip("address add 2001:db8:6::1/64 dev eth0 nodad");
        awaitChange("2001:db8:6::", true); // __ipv6_ifa_notify() joins it after reporting the other.
        assertEquals(INBOUND, direction("2001:db8:6::9", "2001:db8:6::"));
        assertEquals(LOCAL, direction("2001:db8:6::1", "2001:db8:6::"));
    }

    /** Checks the addresses that were followed, and those that are read only now. */
    private void forBoth(Check check) throws IOException {
        try (LocalAddresses read = new LocalAddresses()) {
            addresses.update();
            check.run(read);
            check.run(addresses);
        }
    }

    /** Joins the interfaces one and other, both up, and runs more commands of ip(8). */
    private static void addCable(String... commands) throws Exception {
        Child.ip("link add one type veth peer name other", "link set one up", "link set other up");
        Child.ip(commands);
    }

    private void awaitChange(String address, boolean here) throws IOException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (addresses.contains(address(address)) != here) {
            assertTrue(System.nanoTime() < end, "no notification of " + address);
            addresses.update();
        }
    }

    private Direction direction(String from, String to) throws IOException {
        return direction(addresses, from, to);
    }

    private static Direction direction(LocalAddresses addresses, String from, String to) throws IOException {
        FlowTuple original = new FlowTuple(
                address(from), address(to), Protocol.UDP, new Layer4.Ports(/* source= */ 1, /* destination= */ 2));
        addresses.update();
        return addresses.direction(
                new FlowEvent(FlowEvent.Kind.NEW, 1, original, original.reversed(), 0, 0, false, 0, null, null));
    }
}
