// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.Nat;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tuples, direction and owner of a translated flow, under rules as administrators write them. In the expected tuples
 * {@code *} stands for the source port.
 */
@ParameterizedClass
@EnumSource(Family.class)
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
final class NatOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    @Parameter
    Family family;

    private AttributedFlow nextTranslated(Direction direction, String original, String reply) throws IOException {
        AttributedFlow flow = bed.next(direction);
        assertFlow(flow).hasTuples(original, reply).isTranslated().hasOneCommunityId();
        return flow;
    }

    private static EndedProcess send(String protocol, String address, int port) throws Exception {
        return EndedProcess.run("echo >/dev/" + protocol + "/" + address + "/" + port, "initiator");
    }

    private static NetworkChannel receiver(String protocol, String address, int port) throws IOException {
        NetworkChannel receiver = protocol.equals("tcp") ? ServerSocketChannel.open() : DatagramChannel.open();
        return receiver.bind(Endpoint.at(address, port));
    }

    @Nested
    class OfAnOutboundFlow {
        @ParameterizedTest
        @ValueSource(strings = {"tcp", "udp"})
        void isTheInitiatorIfTheSourceIsTranslated(String protocol, OwnNetwork far) throws Exception {
            String second = family.choose("10.77.0.3", "fd00:10:77::3");
            // Not an address that the kernel chooses as a source.
            Child.ip("address add " + second + family.choose("/32", "/128 nodad preferred_lft 0") + " dev eth0");
            Nat.chain(family, "postrouting", "snat to " + second);
            EndedProcess initiator = send(protocol, family.far(), 9);
            AttributedFlow flow = nextTranslated(
                    OUTBOUND,
                    family.tuple(protocol, family.near(), "*", family.far(), 9),
                    family.tuple(protocol, family.far(), 9, second, "*"));
            assertOwner(flow).isProcess(initiator).by(BPF);
        }

        @ParameterizedTest
        @ValueSource(strings = {"tcp", "udp"})
        void isTheInitiatorIfTheDestinationIsTranslated(String protocol, OwnNetwork far) throws Exception {
            Nat.chain(
                    family, "output", "%s daddr %s dnat to %s".formatted(family.nft(), family.beyond(), family.far()));
            EndedProcess initiator = send(protocol, family.beyond(), 9);
            AttributedFlow flow = nextTranslated(
                    OUTBOUND,
                    family.tuple(protocol, family.near(), "*", family.beyond(), 9),
                    family.tuple(protocol, family.far(), 9, family.near(), "*"));
            assertOwner(flow).isProcess(initiator).by(BPF);
        }

        /** A transparent proxy on this host. */
        @ParameterizedTest
        @CsvSource({"tcp, 80, 8080", "udp, 53, 5353"})
        void isTheInitiatorAndThePeerTheProxyIfThePortIsRedirected(
                String protocol, int port, int proxied, OwnNetwork far) throws Exception {
            Nat.chain(family, "output", "%s dport %d redirect to :%d".formatted(protocol, port, proxied));
            try (NetworkChannel proxy = receiver(protocol, family.loopback(), proxied)) {
                EndedProcess initiator = send(protocol, family.far(), port);
                AttributedFlow flow = nextTranslated(
                        LOCAL,
                        family.tuple(protocol, family.near(), "*", family.far(), port),
                        family.tuple(protocol, family.loopback(), proxied, family.near(), "*"));
                assertOwner(flow).isProcess(initiator).by(BPF);
                assertPeer(flow).isThisProcess().by(BPF);
            }
        }
    }

    @Nested
    class OfAnInboundFlow {
        private void routeHereFrom(OwnNetwork far, String address) throws Exception {
            far.call(() -> Child.ip("route add " + address + " via " + family.near()));
        }

        /** From an address of this host, and from one that is routed to this host without being an address of it. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void isTheListenerIfTheDestinationIsTranslated(boolean fromOwnAddress, OwnNetwork far) throws Exception {
            String service = family.choose("192.0.2.7", "2001:db8::7");
            String routed = family.choose("198.51.100.7", "2001:db8:1::7");
            String destination = fromOwnAddress ? family.near() : routed;
            Child.ip("address add " + service + family.choose("/32", "/128 nodad") + " dev lo");
            routeHereFrom(far, routed);
            Nat.chain(family, "prerouting", "tcp dport 80 dnat to " + family.endpoint(service, 8080));
            try (NetworkChannel server = receiver("tcp", service, 8080)) {
                far.call(() -> send("tcp", destination, 80));
                AttributedFlow flow = nextTranslated(
                        INBOUND,
                        family.tuple("tcp", family.far(), "*", destination, 80),
                        family.tuple("tcp", service, 8080, family.far(), "*"));
                assertOwner(flow).isThisProcess().by(BPF);
            }
        }

        /** A proxy for other hosts. */
        @ParameterizedTest
        @CsvSource({"tcp, 80, 8080", "udp, 53, 5353"})
        void isTheProxyIfThePortIsRedirected(String protocol, int port, int proxied, OwnNetwork far) throws Exception {
            String destination = family.choose("198.51.100.7", "2001:db8:1::7");
            routeHereFrom(far, destination);
            Nat.chain(family, "prerouting", "%s dport %d redirect to :%d".formatted(protocol, port, proxied));
            try (NetworkChannel proxy = receiver(protocol, family.near(), proxied)) {
                far.call(() -> send(protocol, destination, port));
                AttributedFlow flow = nextTranslated(
                        INBOUND,
                        family.tuple(protocol, family.far(), "*", destination, port),
                        family.tuple(protocol, family.near(), proxied, family.far(), "*"));
                assertOwner(flow).isThisProcess().by(BPF);
            }
        }

        @Test
        void isTheListenerIfTheSourceIsTranslated(OwnNetwork far) throws Exception {
            Nat.chain(family, "input", "tcp dport 8080 snat to " + family.beyond());
            try (NetworkChannel server = receiver("tcp", family.near(), 8080)) {
                far.call(() -> send("tcp", family.near(), 8080));
                AttributedFlow flow = nextTranslated(
                        INBOUND,
                        family.tuple("tcp", family.far(), "*", family.near(), 8080),
                        family.tuple("tcp", family.near(), 8080, family.beyond(), "*"));
                assertOwner(flow).isThisProcess().by(BPF);
            }
        }
    }
}
