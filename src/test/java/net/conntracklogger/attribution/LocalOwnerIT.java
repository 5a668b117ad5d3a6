// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.FORWARDED;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;

/** Flows with both ends on this host, or none, and flows that are translated. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class LocalOwnerIT extends AttributionFixture {
    @Test
    void findsBothEndsOfALocalFlow() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0))) {
            meetSockets();
            try (Child client = Child.start(
                    "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port(server) + "; echo connected; read")) {
                client.output().next("connected"::equals);
                AttributedFlow flow = next(Direction.LOCAL);
                assertIs(client.pid(), SOCK_DIAG, flow.owner());
                assertIs(SELF, LISTENER, flow.peer());
                try (SocketChannel accepted = server.accept()) {
                    assertIs(SELF, SOCK_DIAG, attribute(flow.event(), 0).peer());
                }
            }
        }
    }

    @Test
    void findsBothEndsOfALocalDatagram() throws Exception {
        try (DatagramChannel server = DatagramChannel.open().bind(at("::1", 0))) {
            meetSockets();
            try (Child client =
                    Child.start("bash", "-c", "exec 3<>/dev/udp/::1/" + port(server) + "; echo >&3; echo sent; read")) {
                client.output().next("sent"::equals);
                AttributedFlow flow = next(Direction.LOCAL);
                assertIs(client.pid(), SOCK_DIAG, flow.owner());
                assertIs(SELF, LISTENER, flow.peer());
            }
        }
    }

    @Test
    void namesNobodyForWhatItForwards(OwnNetwork far) throws Throwable {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        try (DatagramChannel client = far.call(DatagramChannel::open)) {
            far.call(() -> Child.run("ip", "route", "add", "192.0.2.0/24", "via", NEAR));
            send(client, at("192.0.2.1", 9));
            assertUnknown(FORWARDED, next(Direction.FORWARDED).owner());
        }
    }

    @Test
    void findsTheSenderOfWhatIsSentElsewhere(OwnNetwork far) throws Exception {
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
            AttributedFlow flow = next(Direction.OUTBOUND);
            assertTrue(flow.event().isTranslated());
            assertIs(SELF, SOCK_DIAG, flow.owner());
        }
    }

    @Test
    void findsBothEndsOfWhatIsRedirectedToThisHost(OwnNetwork far) throws Throwable {
        Child.nft("""
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
                """);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("0.0.0.0", 8080))) {
            meetSockets();
            try (SocketChannel client = SocketChannel.open(at(FAR, 80))) {
                AttributedFlow flow = next(Direction.LOCAL);
                assertIs(SELF, SOCK_DIAG, flow.owner());
                assertIs(SELF, LISTENER, flow.peer());
                try (SocketChannel remote = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                    assertIs(SELF, LISTENER, next(Direction.INBOUND).owner());
                }
            }
        }
    }
}
