// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Against addresses that ip(8) gives and takes in another network, which has the id 0 here. */
@ExtendWith(InOwnNetwork.class)
@SuppressWarnings("try") // That a process is there, and until when, is the point.
class NamespaceAddressesIT {
    private static final int PATIENCE_MILLIS = 30_000;

    private NamespaceAddresses addresses;
    private NetworkNamespace there;

    @BeforeEach
    void open() throws IOException {
        addresses = new NamespaceAddresses(Path.of("/proc"));
    }

    @AfterEach
    void close() {
        addresses.close();
    }

    private Child resident(OwnNetwork network) throws Throwable {
        there = of(network);
        return network.resident();
    }

    private static NetworkNamespace of(OwnNetwork network) throws Throwable {
        return new NetworkNamespace(0, "", network.inode());
    }

    @Test
    void tellsWhereAFlowRuns(OwnNetwork far) throws Throwable {
        try (Child resident = resident(far)) {
            assertEquals(OUTBOUND, direction("10.77.0.1", "10.77.0.2"));
            assertEquals(OUTBOUND, direction("127.0.0.1", "192.0.2.1"));
            assertEquals(INBOUND, direction("10.77.0.2", "10.77.0.1"));
            assertEquals(LOCAL, direction("10.77.0.1", "127.0.0.53"));
            assertEquals(FORWARDED, direction("10.77.0.2", "192.0.2.1"));
            assertEquals(OUTBOUND, direction("fd00:10:77::1", "fd00:10:77::2"));
            assertEquals(INBOUND, direction("fd00:10:77::2", "fd00:10:77::1"));
            assertEquals(LOCAL, direction("::1", "fd00:10:77::1"));
            assertEquals(FORWARDED, direction("fd00:10:77::2", "2001:db8::1"));
            for (String everybody : new String[] {"10.77.0.255", "255.255.255.255", "224.0.0.251"}) {
                assertEquals(INBOUND, direction("10.77.0.2", everybody));
                assertEquals(OUTBOUND, direction("10.77.0.1", everybody));
            }
            assertEquals(INBOUND, direction("fd00:10:77::2", "ff02::fb"));
            assertNull(direction("0.0.0.0", "255.255.255.255"));
        }
    }

    /** The far end answers for all of 10.78.0.0/16 and fd00:10:78::/64; of the latter it is not told by which table. */
    @Test
    void knowsWhatNoInterfaceHas(OwnNetwork far) throws Throwable {
        try (Child resident = resident(far)) {
            assertEquals(LOCAL, direction("10.77.0.1", "10.78.3.4"));
            assertEquals(INBOUND, direction("10.77.0.2", "10.78.3.4"));
            assertEquals(OUTBOUND, direction("10.78.3.4", "10.77.0.2"));
            assertNull(direction("fd00:10:77::1", "fd00:10:78::4"));
            assertNull(direction("fd00:10:77::2", "fd00:10:78::4"));
        }
    }

    @Test
    void doesNotGuessWhatATransparentProxyTakes(OwnNetwork far) throws Throwable {
        far.call(() -> Child.ip(
                "route add local 192.0.2.0/24 dev lo table 100",
                "route add local 2001:db8::/32 dev lo table 100",
                "rule add fwmark 1 lookup 100"));
        try (Child resident = resident(far)) {
            assertNull(direction("10.77.0.2", "192.0.2.1"));
            assertNull(direction("10.77.0.1", "192.0.2.1"));
            assertNull(direction("fd00:10:77::2", "2001:db8::1"));
            assertEquals(FORWARDED, direction("10.77.0.2", "198.51.100.1"));
            assertEquals(INBOUND, direction("10.77.0.2", "10.77.0.1"));
            assertEquals(INBOUND, direction("10.77.0.2", "10.77.0.255"));
            assertEquals(LOCAL, direction("10.77.0.1", "10.78.3.4"));
        }
    }

    @Test
    void ownsTheAnycastAddressOfARouter(OwnNetwork far) throws Throwable {
        far.call(() -> Child.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"));
        far.call(() -> Child.ip("address add 2001:db8:6::1/64 dev eth0 nodad"));
        try (Child resident = resident(far)) {
            awaitDirection(INBOUND, "2001:db8:6::9", "2001:db8:6::1");
            awaitDirection(INBOUND, "2001:db8:6::9", "2001:db8:6::");
        }
    }

    @Test
    void followsAddressesThatComeAndGo(OwnNetwork far) throws Throwable {
        try (Child resident = resident(far)) {
            for (String address : new String[] {"192.0.2.7", "2001:db8::7"}) {
                String from = address.contains(":") ? "fd00:10:77::2" : "10.77.0.2";
                assertEquals(FORWARDED, direction(from, address));
                far.call(() -> Child.run("ip", "address", "add", address, "dev", "lo"));
                awaitDirection(INBOUND, from, address);
                far.call(() -> Child.run("ip", "address", "del", address, "dev", "lo"));
                awaitDirection(FORWARDED, from, address);
            }
            far.call(() -> Child.ip("route add local 198.51.100.0/24 dev lo"));
            awaitDirection(LOCAL, "10.77.0.1", "198.51.100.200");
            far.call(() -> Child.ip("route del local 198.51.100.0/24 dev lo"));
            awaitDirection(OUTBOUND, "10.77.0.1", "198.51.100.200");
        }
    }

    /** The kernel does not tell of each of them. */
    @Test
    void forgetsRoutesThatGoWithTheirInterface(OwnNetwork far) throws Throwable {
        far.call(() -> Child.ip(
                "link add name short type veth peer name lived",
                "link set short addrgenmode none",
                "link set short up",
                "route add local 198.51.100.0/24 dev short"));
        try (Child resident = resident(far)) {
            assertEquals(LOCAL, direction("10.77.0.1", "198.51.100.200"));
            far.call(() -> Child.ip("link del short"));
            awaitDirection(OUTBOUND, "10.77.0.1", "198.51.100.200");
        }
    }

    @Test
    void doesNotReadThroughTheRoutesOfARouter(OwnNetwork far) throws Throwable {
        String[] routes = new String[12_000];
        for (int i = 0; i < routes.length; i++) {
            routes[i] = "route add 100.64.%d.%d dev eth0".formatted(i / 250, i % 250);
        }
        far.call(() -> Child.ip(routes));
        try (Child resident = resident(far)) {
            assertNull(direction("10.77.0.2", "10.77.0.1"));
            far.call(() -> Child.ip("route flush root 100.64.0.0/10"));
            awaitDirection(INBOUND, "10.77.0.2", "10.77.0.1");
        }
    }

    /** What was read stays true until something changes, of which without a process nothing more is to be had. */
    @Test
    void forgetsWhatChangedWhereNoProcessIsLeft(OwnNetwork far) throws Throwable {
        try (Child resident = resident(far)) {
            assertEquals(INBOUND, direction("10.77.0.2", "10.77.0.1"));
        }
        assertEquals(INBOUND, direction("10.77.0.2", "10.77.0.1"));
        far.call(() -> Child.ip("address add 192.0.2.7 dev lo"));
        awaitDirection(null, "10.77.0.2", "10.77.0.1");
        assertNull(direction("10.77.0.2", "192.0.2.7"));
        try (Child resident = resident(far)) {
            awaitDirection(INBOUND, "10.77.0.2", "192.0.2.7");
        }
    }

    @Test
    void knowsNothingWithoutAProcess(OwnNetwork far) throws Throwable {
        there = of(far);
        assertNull(direction("10.77.0.2", "10.77.0.1"));
        try (Child resident = resident(far)) {
            awaitDirection(INBOUND, "10.77.0.2", "10.77.0.1");
        }
    }

    /** Where nobody here may ask the kernel for addresses, as for those of a container without root. */
    @Test
    void readsThoseOfAnotherUserNamespace() throws Throwable {
        try (Child contained = Child.start(
                "unshare", "--user", "--map-root-user", "--net", "bash", "-c", "ip link set lo up; echo up; read")) {
            contained.output().next("up"::equals);
            Child.run(
                    "ip",
                    "link",
                    "add",
                    "veth0",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "veth0",
                    "netns",
                    "" + contained.pid());
            String link = Child.run("readlink", "/proc/" + contained.pid() + "/ns/net");
            there = new NetworkNamespace(0, "", Long.parseLong(link.replaceAll("\\D", "")));
            assertEquals(LOCAL, direction("127.0.0.1", "127.0.0.53"));
            assertEquals(OUTBOUND, direction("127.0.0.1", "10.77.0.1"));
        }
    }

    /** An id that is free again goes to the next, and often the inode's number too. */
    @Test
    void takesNoneForThoseOfTheNextOneWithTheSameId() throws Throwable {
        try (OwnNetwork first = OwnNetwork.create();
                Child resident = resident(first)) {
            first.link("veth0");
            first.call(() -> Child.ip("address add 192.0.2.7 dev lo"));
            awaitDirection(INBOUND, "10.77.0.2", "192.0.2.7");
        }
        Child.run("bash", "-c", "while ip link show veth0; do :; done");
        try (OwnNetwork second = OwnNetwork.create();
                Child resident = resident(second)) {
            second.link("veth0");
            assertEquals(FORWARDED, direction("10.77.0.2", "192.0.2.7"));
            there = new NetworkNamespace(0, "", /* inode= */ 1);
            assertNull(direction("10.77.0.2", "192.0.2.7"), "nobody's inode");
        }
    }

    private void awaitDirection(Direction expected, String from, String to) throws IOException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        for (Direction now = direction(from, to); now != expected; now = direction(from, to)) {
            assertTrue(System.nanoTime() < end, from + " > " + to + " stays " + now);
        }
    }

    private Direction direction(String from, String to) throws IOException {
        FlowTuple original =
                new FlowTuple(ip(from), ip(to), Protocol.UDP, new Layer4.Ports(/* source= */ 1, /* destination= */ 2));
        return addresses.direction(
                new FlowEvent(FlowEvent.Kind.NEW, 1, original, original.reversed(), 0, 0, false, 0, null, there));
    }

    private static IpAddress ip(String text) throws IOException {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        return IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == 16);
    }
}
