// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Against addresses that ip(8) gives and takes. */
@ExtendWith(InOwnNetwork.class)
class LocalAddressesIT {
    private static final int PATIENCE_MILLIS = 30_000;

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
    void tellsWhereAFlowRuns(OwnNetwork far) throws IOException {
        addresses.update();
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
    void tellsWhatIsForEverybody(OwnNetwork far) throws IOException {
        addresses.update();
        for (String everybody : new String[] {"10.77.0.255", "255.255.255.255", "224.0.0.251"}) {
            assertEquals(INBOUND, direction("10.77.0.1", everybody));
            assertEquals(OUTBOUND, direction("10.77.0.2", everybody));
        }
        assertEquals(INBOUND, direction("fd00:10:77::1", "ff02::fb"));
        assertEquals(OUTBOUND, direction("fd00:10:77::2", "ff02::fb"));
    }

    @Test
    void tellsNothingWithoutASource() throws IOException {
        assertNull(direction("0.0.0.0", "255.255.255.255"));
        assertNull(direction("::", "ff02::1"));
    }

    @Test
    void followsAddressesThatComeAndGo() throws Exception {
        for (String address : new String[] {"192.0.2.7", "2001:db8::7"}) {
            assertFalse(addresses.contains(ip(address)));
            Child.run("ip", "address", "add", address, "dev", "lo");
            awaitChange(address, true);
            Child.run("ip", "address", "del", address, "dev", "lo");
            awaitChange(address, false);
        }
    }

    @Test
    void knowsWholeNetworksThatAreItsOwn() throws Exception {
        Child.ip("route add local 198.51.100.0/24 dev lo", "route add local 2001:db8:1::/48 dev lo");
        try (LocalAddresses read = new LocalAddresses()) {
            addresses.update();
            for (LocalAddresses either : new LocalAddresses[] {read, addresses}) {
                assertTrue(either.contains(ip("198.51.100.200")));
                assertFalse(either.contains(ip("198.51.101.1")));
                assertTrue(either.contains(ip("2001:db8:1:2::3")));
                assertFalse(either.contains(ip("2001:db8:2::")));
            }
        }
        Child.run("ip", "route", "del", "local", "198.51.100.0/24", "dev", "lo");
        awaitChange("198.51.100.200", false);
    }

    /** The kernel says nothing else of such a route. */
    @Test
    void forgetsAnIpv4NetworkThatGoesWithItsInterface() throws Exception {
        Child.ip(
                "link add gone0 type veth peer name gone1",
                "link set gone0 up",
                "route add local 198.51.102.0/24 dev gone0");
        awaitChange("198.51.102.1", true);
        Child.ip("link del gone0");
        awaitChange("198.51.102.1", false);
    }

    @Test
    void readsAsManyAsThereAre() throws Exception {
        String[] commands = new String[2000];
        for (int i = 0; i < commands.length; i++) {
            commands[i] = "address add 10.%d.%d.1/32 dev lo".formatted(100 + i / 250, i % 250);
        }
        Child.ip(commands);
        try (LocalAddresses read = new LocalAddresses()) {
            addresses.update();
            for (LocalAddresses either : new LocalAddresses[] {read, addresses}) {
                assertTrue(either.contains(ip("10.100.0.1")));
                assertTrue(either.contains(ip("10.107.249.1")));
                assertFalse(either.contains(ip("10.108.0.1")));
            }
        }
    }

    /** As link-local addresses often are, of interfaces that share a MAC address. */
    @Test
    void keepsAnAddressThatAnotherInterfaceHas() throws Exception {
        for (String address : new String[] {"192.0.2.7/32", "fe80::7/64"}) {
            String plain = address.substring(0, address.indexOf('/'));
            String nodad = plain.contains(":") ? " nodad" : "";
            Child.ip(
                    "link add one type veth peer name other",
                    "link set one up",
                    "link set other up",
                    "address add " + address + nodad + " dev one",
                    "address add " + address + nodad + " dev other");
            awaitChange(plain, true);
            Child.run("ip", "address", "del", address, "dev", "one");
            // The kernel tells of this one after that.
            Child.run("ip", "address", "add", "192.0.2.99", "dev", "lo");
            awaitChange("192.0.2.99", true);
            assertTrue(addresses.contains(ip(plain)), plain);
            Child.run("ip", "link", "del", "one");
            awaitChange(plain, false);
            Child.run("ip", "address", "del", "192.0.2.99", "dev", "lo");
            awaitChange("192.0.2.99", false);
        }
    }

    @Test
    void knowsTemporaryAddresses() throws Exception {
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

    /** The other end of a point-to-point link is not here. */
    @Test
    void tellsItsEndOfALinkFromTheOther() throws Exception {
        Child.ip(
                "link add one type veth peer name other",
                "link set one up",
                "address add 192.0.2.1 peer 192.0.2.2 dev one");
        awaitChange("192.0.2.1", true);
        assertFalse(addresses.contains(ip("192.0.2.2")));
    }

    /** As those of a VRF, whose local routes are in its own table. */
    @Test
    void knowsAddressesWhoseRoutesAreInAnotherTable() throws Exception {
        Child.ip(
                "link add one type veth peer name other",
                "link set other up",
                "link set one up",
                "address add 192.0.2.1/24 dev one",
                "address add 2001:db8::1/64 dev one nodad",
                "route del local 192.0.2.1 dev one table local",
                "route del broadcast 192.0.2.255 dev one table local",
                "route add local 192.0.2.1 dev one table 1000",
                "route add broadcast 192.0.2.255 dev one table 1000");
        try (LocalAddresses read = new LocalAddresses()) {
            addresses.update();
            for (LocalAddresses either : new LocalAddresses[] {read, addresses}) {
                assertTrue(either.contains(ip("192.0.2.1")));
                assertTrue(either.contains(ip("2001:db8::1")));
                assertEquals(INBOUND, direction(either, "192.0.2.9", "192.0.2.255"));
                assertEquals(FORWARDED, direction(either, "192.0.2.9", "192.0.2.254"));
            }
        }
    }

    /** By such a route a transparent proxy takes in everything, and owns nothing. */
    @Test
    void doesNotOwnWhatATransparentProxyTakes() throws Exception {
        Child.ip(
                "route add local 0.0.0.0/0 dev lo table 100",
                "route add local ::/0 dev lo table 100",
                "rule add fwmark 1 lookup 100");
        try (LocalAddresses read = new LocalAddresses()) {
            addresses.update();
            for (LocalAddresses either : new LocalAddresses[] {read, addresses}) {
                assertFalse(either.contains(ip("192.0.2.1")));
                assertFalse(either.contains(ip("2001:db8::1")));
            }
        }
    }

    /** The local table's own routes count, even where they are all. */
    @Test
    void ownsEverythingWhereTheLocalTableSaysSo() throws Exception {
        Child.ip("route add local 0.0.0.0/0 dev lo table local");
        awaitChange("192.0.2.1", true);
        Child.ip("route del local 0.0.0.0/0 dev lo table local");
        awaitChange("192.0.2.1", false);
    }

    @Test
    void ownsTheAnycastAddressOfARouter(OwnNetwork far) throws Exception {
        Child.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        Child.ip("address add 2001:db8:6::1/64 dev eth0 nodad");
        awaitChange("2001:db8:6::1", true);
        assertEquals(INBOUND, direction("2001:db8:6::9", "2001:db8:6::"));
        assertEquals(LOCAL, direction("2001:db8:6::1", "2001:db8:6::"));
    }

    private void awaitChange(String address, boolean here) throws IOException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (addresses.contains(ip(address)) != here) {
            assertTrue(System.nanoTime() < end, "nobody told of " + address);
            addresses.update();
        }
    }

    private Direction direction(String from, String to) throws IOException {
        return direction(addresses, from, to);
    }

    private static Direction direction(LocalAddresses addresses, String from, String to) throws IOException {
        FlowTuple original =
                new FlowTuple(ip(from), ip(to), Protocol.UDP, new Layer4.Ports(/* source= */ 1, /* destination= */ 2));
        return addresses.direction(
                new FlowEvent(FlowEvent.Kind.NEW, 1, original, original.reversed(), 0, 0, false, 0, null, null));
    }

    private static IpAddress ip(String text) throws IOException {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        return IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == 16);
    }
}
