// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.Nat;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Uplink;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The owner of a flow of a container, which has a network namespace of its own, as the host tracks the flow. In the
 * expected tuples {@code *} stands for the source port.
 */
@ParameterizedClass
@EnumSource(Family.class)
@KernelTest
@SuppressWarnings("try") // Blocks hold processes without using them.
final class ContainerOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    @Parameter
    Family family;

    @Nested
    class IfTheContainerIsMasqueraded {
        private String peer;

        private void masquerade(OwnNetwork container) throws Exception {
            Uplink.add(family);
            Uplink.masquerade(family);
            peer = Uplink.neighbour(family);
            container.call(() -> Child.ip("route add " + peer + " via " + family.near()));
        }

        private void assertMasqueraded(AttributedFlow flow, String protocol) {
            assertFlow(flow)
                    .hasTuples(
                            family.tuple(protocol, family.far(), "*", peer, 9),
                            family.tuple(protocol, peer, 9, Uplink.address(family), "*"))
                    .isTranslated()
                    .hasOneCommunityId();
        }

        @Test
        void isTheInitiatorOfDatagrams(OwnNetwork container) throws Exception {
            masquerade(container);
            EndedProcess initiator =
                    container.call(() -> EndedProcess.run("echo >/dev/udp/" + peer + "/9", "initiator"));
            AttributedFlow flow = bed.next(FORWARDED);
            assertMasqueraded(flow, "udp");
            assertOwner(flow).isProcess(initiator).by(BPF);
        }

        @Test
        void isTheProcessThatConnects(OwnNetwork container) throws Exception {
            masquerade(container);
            String line = "timeout 0.2 bash -c 'echo >/dev/tcp/" + peer + "/9'; true";
            try (Child child = container.call(() -> Child.start("bash", "-c", line))) {
                AttributedFlow flow = bed.next(FORWARDED);
                assertMasqueraded(flow, "tcp");
                assertOwner(flow).descendsFrom(child.pid()).by(BPF);
            }
        }

        /** The container and the host ping one address with one identifier. The second ping gets another identifier. */
        @Test
        void isEachInitiatorIfTheIdentifierOfAPingIsTranslated(OwnNetwork container) throws Exception {
            masquerade(container);
            EndedProcess contained = container.call(this::ping);
            AttributedFlow first = bed.next(FORWARDED);
            EndedProcess local = ping();
            AttributedFlow second = bed.next(OUTBOUND);
            String original = family.choose(
                    "icmp 192.0.2.1 > 192.0.2.9 type 8 code 0 id 48879",
                    "icmpv6 2001:db8::1 > 2001:db8::9 type 128 code 0 id 48879");
            assertEquals(original, second.event().original().toString());
            assertFlow(second).isTranslated();
            assertNotEquals(0xbeef, ((Layer4.Icmp) second.event().reply().layer4()).id());
            assertOwner(first).isProcess(contained).by(BPF);
            assertOwner(second).isProcess(local).by(BPF);
        }

        /** Sends an echo request with the identifier 0xbeef (48879). */
        private EndedProcess ping() throws Exception {
            String program = "import socket, sys; family, protocol, to, packet = sys.argv[1:5];"
                    + " socket.socket(getattr(socket, family), socket.SOCK_RAW, int(protocol))"
                    + ".sendto(bytes.fromhex(packet), (to, 0))";
            String packet = family.choose("08003910beef0000", "80000000beef0000");
            return EndedProcess.python(
                    program, family.choose("AF_INET", "AF_INET6"), family.choose("1", "58"), peer, packet, "ping");
        }
    }

    @Nested
    class IfAPortOfTheContainerIsPublished {
        /** Starts a listener in the container, to which port 80 of the host is translated. */
        private Child publish(OwnNetwork container) throws Exception {
            Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
            String rule = "%s daddr %s tcp dport 80 dnat to %s"
                    .formatted(family.nft(), family.near(), family.endpoint(family.far(), 8080));
            Nat.chain(family, "prerouting", rule);
            Nat.chain(family, "output", rule);
            Nat.chain(family, "postrouting", "%s saddr %s masquerade".formatted(family.nft(), family.far()));
            return container.call(() -> Child.listener(family.far(), 8080));
        }

        private EndedProcess connect() throws Exception {
            return EndedProcess.run("echo >/dev/tcp/" + family.near() + "/80", "client");
        }

        private void assertPublished(AttributedFlow flow, String client) {
            assertFlow(flow)
                    .hasTuples(
                            family.tuple("tcp", client, "*", family.near(), 80),
                            family.tuple("tcp", family.far(), 8080, family.near(), "*"))
                    .isTranslated()
                    .hasOneCommunityId();
        }

        @Test
        void isTheProcessOfTheHostThatConnectsAndThePeerTheListener(OwnNetwork container) throws Exception {
            try (Child listener = publish(container)) {
                EndedProcess client = connect();
                AttributedFlow flow = bed.next(OUTBOUND);
                assertPublished(flow, family.near());
                assertOwner(flow).isProcess(client).by(BPF);
                assertPeer(flow).isProcess(listener.pid()).by(BPF);
            }
        }

        /** The host masquerades the container to itself ("hairpin"). */
        @Test
        void isTheProcessOfTheContainerThatConnectsAndThePeerTheListener(OwnNetwork container) throws Exception {
            try (Child listener = publish(container)) {
                EndedProcess client = container.call(this::connect);
                AttributedFlow flow = bed.next(FORWARDED);
                assertPublished(flow, family.far());
                assertOwner(flow).isProcess(client).by(BPF);
                assertPeer(flow).isProcess(listener.pid()).by(BPF);
            }
        }
    }
}
