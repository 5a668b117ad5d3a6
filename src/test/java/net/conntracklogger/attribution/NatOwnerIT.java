// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.Endpoint.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Flows that address translation turns elsewhere, with the rules that people write: where they run, whose they are, and
 * what the answers look like. {@code near} and {@code far} have the addresses of both families.
 */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
final class NatOwnerIT extends KernelOwnerFixture {
    private static final String PING = "import socket, sys; to, packet = sys.argv[1:3];"
            + " socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).sendto(bytes.fromhex(packet), (to, 0))";

    private final CommunityId communityId = new CommunityId();

    private static String near(String family) {
        return family.equals("ip") ? NEAR : "fd00:10:77::2";
    }

    private static String far(String family) {
        return family.equals("ip") ? FAR : "fd00:10:77::1";
    }

    /** Neither has this address, but the far end answers for it. */
    private static String beyond(String family) {
        return family.equals("ip") ? "10.78.0.9" : "fd00:10:78::9";
    }

    /** A second one of this host. */
    private static String second(String family) {
        return family.equals("ip") ? "10.77.0.3" : "fd00:10:77::3";
    }

    private static String end(String address, String port) {
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }

    /** Chains of one family, {@code hook { rule }} each. */
    private static void nat(String family, String hook, String rule) throws Exception {
        String priority = hook.equals("prerouting") || hook.equals("output") ? "-100" : "100";
        Child.nft("table %s nat { chain %s { type nat hook %s priority %s; %s; }; }"
                .formatted(family, hook, hook, priority, rule));
    }

    private static void forward() throws Exception {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    }

    /** The tuples; a source port, which the kernel chose, is *. */
    private AttributedFlow expect(Direction direction, String original, String reply) throws Exception {
        AttributedFlow flow = next(direction);
        int port = flow.event().original().sourcePort();
        assertEquals(original, flow.event().original().toString().replace(":" + port, ":*"));
        assertEquals(reply, flow.event().reply().toString().replace(":" + port, ":*"));
        assertTrue(flow.event().isTranslated());
        // On the other side of the translation an IDS sees this.
        assertEquals(
                communityId.of(flow.event().translated()),
                communityId.of(flow.event().reply()));
        return flow;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void sourceOfWhatIsSentFromHere(String family, OwnNetwork far) throws Exception {
        // Not by itself the source of anything.
        Child.ip("address add " + second(family) + (family.equals("ip") ? "/32" : "/128 nodad preferred_lft 0")
                + " dev eth0");
        nat(family, "postrouting", "snat to " + second(family));
        for (String protocol : new String[] {"tcp", "udp"}) {
            long pid = runToItsEnd("echo >/dev/" + protocol + "/" + far(family) + "/9", protocol);
            AttributedFlow flow = expect(
                    Direction.OUTBOUND,
                    protocol + " " + end(near(family), "*") + " > " + end(far(family), "9"),
                    protocol + " " + end(far(family), "9") + " > " + end(second(family), "*"));
            assertIs(pid, protocol, flow.owner());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void masqueradeOfAContainer(String family, OwnNetwork container) throws Throwable {
        forward();
        String address = family.equals("ip") ? "192.0.2.1" : "2001:db8::1";
        String peer = family.equals("ip") ? "192.0.2.9" : "2001:db8::9";
        Child.ip(
                "link add out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "address add " + address + (family.equals("ip") ? "/24" : "/64 nodad") + " dev out0",
                "neighbour add " + peer + " lladdr 02:00:00:00:00:01 dev out0");
        nat(family, "postrouting", "oifname \"out0\" masquerade");
        container.call(() -> Child.ip("route add " + peer + " via " + near(family)));
        for (String protocol : new String[] {"tcp", "udp"}) {
            String line = "timeout 0.2 bash -c 'echo >/dev/" + protocol + "/" + peer + "/9'; true";
            Child child = container.call(() -> Child.start("bash", "-c", line));
            AttributedFlow flow = expect(
                    Direction.FORWARDED,
                    protocol + " " + end(far(family), "*") + " > " + end(peer, "9"),
                    protocol + " " + end(peer, "9") + " > " + end(address, "*"));
            child.await();
            assertNull(flow.owner().reason(), flow.toString());
            assertEquals(BPF, flow.owner().source());
            assertTrue(flow.owner().process().ancestry().toString().contains("(" + child.pid() + ") < java"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void destinationOfWhatIsSentFromHere(String family, OwnNetwork far) throws Exception {
        nat(family, "output", "%s daddr %s dnat to %s".formatted(family, beyond(family), far(family)));
        for (String protocol : new String[] {"tcp", "udp"}) {
            long pid = runToItsEnd("echo >/dev/" + protocol + "/" + beyond(family) + "/9", protocol);
            AttributedFlow flow = expect(
                    Direction.OUTBOUND,
                    protocol + " " + end(near(family), "*") + " > " + end(beyond(family), "9"),
                    protocol + " " + end(far(family), "9") + " > " + end(near(family), "*"));
            assertIs(pid, protocol, flow.owner());
        }
    }

    /** A transparent proxy on this host. */
    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void redirectOfWhatIsSentFromHere(String family, OwnNetwork far) throws Exception {
        nat(family, "output", "tcp dport 80 redirect to :8080; udp dport 53 redirect to :5353");
        String loopback = family.equals("ip") ? "127.0.0.1" : "::1";
        try (ServerSocketChannel proxy = ServerSocketChannel.open().bind(at(loopback, 8080));
                DatagramChannel resolver = DatagramChannel.open().bind(at(loopback, 5353))) {
            long pid = runToItsEnd("echo >/dev/tcp/" + far(family) + "/80", "browser");
            AttributedFlow flow = expect(
                    Direction.LOCAL,
                    "tcp " + end(near(family), "*") + " > " + end(far(family), "80"),
                    "tcp " + end(loopback, "8080") + " > " + end(near(family), "*"));
            assertIs(pid, "browser", flow.owner());
            assertIs(SELF, BPF, flow.peer());
            pid = runToItsEnd("echo >/dev/udp/" + far(family) + "/53", "asker");
            flow = expect(
                    Direction.LOCAL,
                    "udp " + end(near(family), "*") + " > " + end(far(family), "53"),
                    "udp " + end(loopback, "5353") + " > " + end(near(family), "*"));
            assertIs(pid, "asker", flow.owner());
            assertIs(SELF, BPF, flow.peer());
        }
    }

    /** To another address and port of this host, and to another address that is routed here but is not this host's. */
    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void destinationOfWhatComesIn(String family, OwnNetwork far) throws Throwable {
        String service = family.equals("ip") ? "192.0.2.7" : "2001:db8::7";
        String virtual = family.equals("ip") ? "198.51.100.7" : "2001:db8:1::7";
        Child.ip("address add " + service + (family.equals("ip") ? "/32" : "/128 nodad") + " dev lo");
        far.call(() -> Child.ip("route add " + virtual + " via " + near(family)));
        nat(family, "prerouting", "tcp dport 80 dnat to %s".formatted(end(service, "8080")));
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(service, 8080))) {
            for (String destination : new String[] {near(family), virtual}) {
                far.call(() -> runToItsEnd("echo >/dev/tcp/" + destination + "/80", "client"));
                AttributedFlow flow = expect(
                        Direction.INBOUND,
                        "tcp " + end(far(family), "*") + " > " + end(destination, "80"),
                        "tcp " + end(service, "8080") + " > " + end(far(family), "*"));
                assertIs(SELF, BPF, flow.owner());
            }
        }
    }

    /** A proxy for others. */
    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void redirectOfWhatComesIn(String family, OwnNetwork far) throws Throwable {
        String elsewhere = family.equals("ip") ? "198.51.100.7" : "2001:db8:1::7";
        far.call(() -> Child.ip("route add " + elsewhere + " via " + near(family)));
        nat(family, "prerouting", "tcp dport 80 redirect to :8080; udp dport 53 redirect to :5353");
        try (ServerSocketChannel proxy = ServerSocketChannel.open().bind(at(near(family), 8080));
                DatagramChannel resolver = DatagramChannel.open().bind(at(near(family), 5353))) {
            far.call(() -> runToItsEnd("echo >/dev/tcp/" + elsewhere + "/80", "client"));
            AttributedFlow flow = expect(
                    Direction.INBOUND,
                    "tcp " + end(far(family), "*") + " > " + end(elsewhere, "80"),
                    "tcp " + end(near(family), "8080") + " > " + end(far(family), "*"));
            assertIs(SELF, BPF, flow.owner());
            far.call(() -> runToItsEnd("echo >/dev/udp/" + elsewhere + "/53", "client"));
            flow = expect(
                    Direction.INBOUND,
                    "udp " + end(far(family), "*") + " > " + end(elsewhere, "53"),
                    "udp " + end(near(family), "5353") + " > " + end(far(family), "*"));
            assertIs(SELF, BPF, flow.owner());
        }
    }

    /** What comes in may get another source, for whom listens here. */
    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void sourceOfWhatComesIn(String family, OwnNetwork far) throws Throwable {
        nat(family, "input", "tcp dport 8080 snat to " + beyond(family));
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(near(family), 8080))) {
            far.call(() -> runToItsEnd("echo >/dev/tcp/" + near(family) + "/8080", "client"));
            AttributedFlow flow = expect(
                    Direction.INBOUND,
                    "tcp " + end(far(family), "*") + " > " + end(near(family), "8080"),
                    "tcp " + end(near(family), "8080") + " > " + end(beyond(family), "*"));
            assertIs(SELF, BPF, flow.owner());
        }
    }

    /** A port of this host that leads into a container, used from here and, over this host ("hairpin"), from there. */
    @ParameterizedTest
    @ValueSource(strings = {"ip", "ip6"})
    void portOfAContainer(String family, OwnNetwork container) throws Throwable {
        forward();
        String rule = "%s daddr %s tcp dport 80 dnat to %s".formatted(family, near(family), end(far(family), "8080"));
        nat(family, "prerouting", rule);
        nat(family, "output", rule);
        nat(family, "postrouting", "%s saddr %s masquerade".formatted(family, far(family)));
        Child listener = container.call(() -> {
            Child child = Child.start(
                    "python3",
                    "-c",
                    "import socket, sys; s = socket.create_server((sys.argv[1], 8080),"
                            + " family=socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET); print('up', flush=True);\n"
                            + "while True: s.accept()",
                    far(family));
            child.output().next("up"::equals);
            return child;
        });
        long pid = runToItsEnd("echo >/dev/tcp/" + near(family) + "/80", "from-here");
        AttributedFlow flow = expect(
                Direction.OUTBOUND,
                "tcp " + end(near(family), "*") + " > " + end(near(family), "80"),
                "tcp " + end(far(family), "8080") + " > " + end(near(family), "*"));
        assertIs(pid, "from-here", flow.owner());
        pid = container.call(() -> runToItsEnd("echo >/dev/tcp/" + near(family) + "/80", "hairpin"));
        flow = expect(
                Direction.FORWARDED,
                "tcp " + end(far(family), "*") + " > " + end(near(family), "80"),
                "tcp " + end(far(family), "8080") + " > " + end(near(family), "*"));
        assertIs(pid, "hairpin", flow.owner());
        assertIs(listener.pid(), BPF, flow.peer());
        listener.close();
    }

    /** Two that ping the same host with the same identifier, from behind the same address: one gets another. */
    @Test
    void identifierOfAPing(OwnNetwork container) throws Throwable {
        forward();
        Child.ip(
                "link add out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "address add 192.0.2.1/24 dev out0",
                "neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev out0");
        nat("ip", "postrouting", "oifname \"out0\" masquerade");
        container.call(() -> Child.ip("route add 192.0.2.9 via " + NEAR));
        String[] ping = {"python3", "-c", PING, "192.0.2.9", "08003910beef0000", "mark"};
        Child contained = container.call(() -> Child.start(ping));
        contained.await();
        AttributedFlow first = next(Direction.FORWARDED);
        Child local = Child.start(ping);
        local.await();
        AttributedFlow second = next(Direction.OUTBOUND);
        assertEquals(
                "icmp 192.0.2.1 > 192.0.2.9 type 8 code 0 id 48879",
                second.event().original().toString());
        assertTrue(second.event().isTranslated());
        int id = ((Layer4.Icmp) second.event().reply().layer4()).id();
        assertTrue(id != 0xbeef, "identifier " + id);
        assertIs(contained.pid(), "mark", first.owner());
        assertIs(local.pid(), "mark", second.owner());
    }
}
