// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.Endpoint.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own events, of flows that real sockets make. */
@ExtendWith(InOwnNetwork.class)
class ConntrackSocketIT {
    private static final int BUFFER = 8 << 20;
    private static final int PATIENCE_MILLIS = 30_000;
    /** Events come before the call that sends the packet returns; what has not come by then never will. */
    private static final int NOTHING_MILLIS = 100;

    private TrackingTable tracking;
    private ConntrackSocket events;

    @BeforeEach
    void open() throws IOException {
        events = ConntrackSocket.open(BUFFER);
        tracking = TrackingTable.add();
    }

    @AfterEach
    void close() {
        events.close();
        tracking.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void tellsOfTcp(String host) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(host, 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            FlowEvent event = expect(
                    "tcp %s > %s".formatted(text(client.getLocalAddress()), text(client.getRemoteAddress())),
                    "tcp %s > %s".formatted(text(client.getRemoteAddress()), text(client.getLocalAddress())));
            assertFalse(event.isTranslated());
            assertFalse(event.midstream());
            assertNull(events.await(NOTHING_MILLIS), "one flow, one event");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void tellsOfUdp(String host) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open().bind(at(host, 0))) {
            send(socket, at(host, 9));
            String end = text(socket.getLocalAddress());
            String peer = text(at(host, 9));
            expect("udp %s > %s".formatted(end, peer), "udp %s > %s".formatted(peer, end));
            send(socket, at(host, 9));
            assertNull(events.await(NOTHING_MILLIS), "the same flow again is not new");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void tellsOfUdpLite(String host) throws IOException {
        try (NativeSocket socket = bound(host, LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDPLITE)) {
            InetSocketAddress peer = at(host, 9);
            socket.connect(peer);
            socket.send((byte) 0);
            String end = text(at(host, socket.port()));
            expect("udplite %s > %s".formatted(end, text(peer)), "udplite %s > %s".formatted(text(peer), end));
        }
    }

    @Test
    void tellsOfPing() throws IOException {
        try (NativeSocket socket = bound("127.0.0.1", LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMP)) {
            socket.connect(at("127.0.0.1", 0));
            socket.send(echoRequest(8));
            expect(
                    "icmp 127.0.0.1 > 127.0.0.1 type 8 code 0 id " + socket.port(),
                    "icmp 127.0.0.1 > 127.0.0.1 type 0 code 0 id " + socket.port());
        }
    }

    @Test
    void tellsOfPing6() throws IOException {
        try (NativeSocket socket = bound("::1", LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMPV6)) {
            socket.connect(at("::1", 0));
            socket.send(echoRequest(128));
            expect(
                    "icmpv6 ::1 > ::1 type 128 code 0 id " + socket.port(),
                    "icmpv6 ::1 > ::1 type 129 code 0 id " + socket.port());
        }
    }

    @Test
    void tellsWhereDestinationNatLeads(OwnNetwork far) throws Exception {
        Child.nft("""
                table ip nat {
                    chain output {
                        type nat hook output priority -100
                        ip daddr 198.51.100.7 udp dport 53 dnat to 10.77.0.1:5353
                    }
                }
                """);
        try (DatagramChannel socket = DatagramChannel.open().bind(at("10.77.0.2", 0))) {
            send(socket, at("198.51.100.7", 53));
            String end = text(socket.getLocalAddress());
            FlowEvent event =
                    expect("udp %s > 198.51.100.7:53".formatted(end), "udp 10.77.0.1:5353 > %s".formatted(end));
            assertTrue(event.isTranslated());
        }
    }

    @Test
    void tellsWhatSourceNatMakesOfIt() throws Exception {
        Child.nft("""
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        udp dport 9 snat to 127.0.0.1:40009
                    }
                }
                """);
        try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent event = expect(
                    "udp %s > 127.0.0.1:9".formatted(text(socket.getLocalAddress())),
                    "udp 127.0.0.1:9 > 127.0.0.1:40009");
            assertTrue(event.isTranslated());
        }
    }

    @Test
    void tellsMarkAndZone() throws Exception {
        Child.nft("""
                table inet test {
                    chain zones {
                        type filter hook output priority raw
                        udp dport 9 ct zone set 7
                    }
                    chain marks {
                        type filter hook output priority filter
                        udp dport 9 ct mark set 0xfedcba98
                    }
                }
                """);
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent event = events.await(PATIENCE_MILLIS);
            assertEquals(0xfedcba98L, event.mark());
            assertEquals(7, event.zone());
        }
    }

    @Test
    void knowsAConnectionThatIsOlderThanTracking() throws IOException {
        tracking.close();
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            assertNull(events.await(NOTHING_MILLIS));
            tracking = TrackingTable.add();
            client.write(ByteBuffer.allocate(1));
            FlowEvent event = events.await(PATIENCE_MILLIS);
            assertNotNull(event);
            assertTrue(event.midstream());
        }
    }

    @Test
    void tellsOfManyInTheirOrder() throws IOException {
        List<Integer> ports = IntStream.range(10_000, 12_000).boxed().toList();
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port : ports) {
                send(socket, at("127.0.0.1", port));
            }
        }
        List<Integer> told = new ArrayList<>();
        for (FlowEvent event = events.receive(); event != null; event = events.receive()) {
            told.add(event.original().destinationPort());
        }
        assertEquals(ports, told);
        assertEquals(0, events.lost());
    }

    @Test
    void countsExactlyWhatItLoses() throws IOException {
        int made = 5000;
        try (ConntrackSocket small = ConntrackSocket.open(64 << 10);
                DatagramChannel socket = DatagramChannel.open()) {
            for (int i = 0; i < made; i++) {
                send(socket, at("127.0.0.1", 10_000 + i));
            }
            int received = 0;
            while (small.receive() != null) {
                received++;
            }
            assertTrue(received > 0 && received < made, "the buffer holds some of them: " + received);
            assertEquals(made, received + small.lost());
            assertEquals(0, small.malformed());

            // It goes on afterwards.
            send(socket, at("127.0.0.1", 9));
            assertEquals(9, small.await(PATIENCE_MILLIS).original().destinationPort());
        }
    }

    @Test
    void canBePolled() throws IOException {
        try (Poll poll = new Poll(events.fd());
                DatagramChannel socket = DatagramChannel.open()) {
            assertFalse(poll.await(0));
            send(socket, at("127.0.0.1", 9));
            assertTrue(poll.await(PATIENCE_MILLIS));
            assertNotNull(events.receive());
            assertFalse(poll.await(0));
            assertNull(events.receive());
        }
    }

    @Test
    void waitsForAsLongAsItIsTold() throws IOException {
        long before = System.nanoTime();
        assertNull(events.await(200));
        assertTrue(System.nanoTime() - before >= 200_000_000);
    }

    @Test
    void waitsUntilAFlowComes() throws Exception {
        Thread sender = new Thread(() -> {
            try (DatagramChannel socket = DatagramChannel.open()) {
                Thread.sleep(100);
                send(socket, at("127.0.0.1", 9));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        sender.start();
        assertEquals(9, events.await(-1).original().destinationPort());
        sender.join();
    }

    private FlowEvent expect(String original, String reply) throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event of " + original);
        assertEquals(original, event.original().toString());
        assertEquals(reply, event.reply().toString());
        return event;
    }

    private static NativeSocket bound(String host, int type, int protocol) throws IOException {
        return NativeSocket.bound(at(host, 0), type, protocol);
    }

    private static byte[] echoRequest(int type) {
        return new byte[] {(byte) type, 0, 0, 0, 0, 0, 0, 0};
    }
}
