// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;

import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The owner and the peer of flows with both sides on this host, with none, and of translated flows, by sockets. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class LocalOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    @Test
    void isTheProcessThatConnectsAndThePeerTheListener() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0))) {
            bed.survey();
            try (Child client = Child.start(
                    "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port(server) + "; echo connected; read")) {
                client.output().next("connected"::equals);
                AttributedFlow flow = bed.next(LOCAL);
                assertOwner(flow).isProcess(client.pid()).by(SOCK_DIAG);
                assertPeer(flow).isThisProcess().by(LISTENER);
                try (SocketChannel accepted = server.accept()) {
                    assertPeer(bed.attribute(flow.event())).isThisProcess().by(SOCK_DIAG);
                }
            }
        }
    }

    @Test
    void isTheInitiatorOfADatagramAndThePeerItsReceiver() throws Exception {
        try (DatagramChannel server = DatagramChannel.open().bind(at("::1", 0))) {
            bed.survey();
            try (Child client =
                    Child.start("bash", "-c", "exec 3<>/dev/udp/::1/" + port(server) + "; echo >&3; echo sent; read")) {
                client.output().next("sent"::equals);
                AttributedFlow flow = bed.next(LOCAL);
                assertOwner(flow).isProcess(client.pid()).by(SOCK_DIAG);
                assertPeer(flow).isThisProcess().by(LISTENER);
            }
        }
    }

    @Test
    void isUnknownIfTheHostForwardsTheFlow(OwnNetwork far) throws Exception {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        try (DatagramChannel client = far.call(DatagramChannel::open)) {
            far.call(() -> Child.run("ip", "route", "add", "192.0.2.0/24", "via", NEAR));
            send(client, at("192.0.2.1", 9));
            assertOwner(bed.next(FORWARDED)).isUnknown(Unattributed.FORWARDED);
        }
    }

    @Test
    void isTheInitiatorIfTheDestinationIsTranslated(OwnNetwork far) throws Exception {
        Child.nft("""
                table ip nat {
                    chain output {
                        type nat hook output priority -100
                        ip daddr 198.51.100.7 udp dport 53 dnat to 10.77.0.1:5353
                    }
                }
                """);
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at("198.51.100.7", 53));
            send(socket, at("198.51.100.7", 53));
            AttributedFlow flow = bed.next(OUTBOUND);
            assertFlow(flow).isTranslated();
            assertOwner(flow).isThisProcess().by(SOCK_DIAG);
        }
    }

    @Nested
    class IfPortsAreRedirectedToThisHost {
        private static final String REDIRECT = """
                table ip nat {
                    chain output {
                        type nat hook output priority -100
                        tcp dport 80 redirect to :8080
                    }
                    chain prerouting {
                        type nat hook prerouting priority -100
                        tcp dport 80 redirect to :8080
                    }
                }
                """;

        @Test
        void isTheProcessThatConnectsAndThePeerTheListener(OwnNetwork far) throws Exception {
            Child.nft(REDIRECT);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("0.0.0.0", 8080))) {
                bed.survey();
                try (SocketChannel client = SocketChannel.open(at(FAR, 80))) {
                    AttributedFlow flow = bed.next(LOCAL);
                    assertOwner(flow).isThisProcess().by(SOCK_DIAG);
                    assertPeer(flow).isThisProcess().by(LISTENER);
                }
            }
        }

        @Test
        void isTheListenerIfTheFlowIsInbound(OwnNetwork far) throws Exception {
            Child.nft(REDIRECT);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("0.0.0.0", 8080))) {
                bed.survey();
                try (SocketChannel remote = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                    assertOwner(bed.next(INBOUND)).isThisProcess().by(LISTENER);
                }
            }
        }
    }
}
