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
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of the kernel, of flows that real sockets open. */
@KernelTest
class ConntrackSocketIT {
    private static final int BUFFER = 8 << 20;
    private static final int PATIENCE_MILLIS = 30_000;
    /** The kernel sends an event before the call that sends the packet returns; one that has not come by then never will. */
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
    void reportsTcp(String host) throws IOException {
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
    void reportsUdp(String host) throws IOException {
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
    void reportsUdpLite(String host) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(host, 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDPLITE)) {
            InetSocketAddress peer = at(host, 9);
            socket.connect(peer);
            socket.send((byte) 0);
            String end = text(at(host, socket.port()));
            expect("udplite %s > %s".formatted(end, text(peer)), "udplite %s > %s".formatted(text(peer), end));
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,1,icmp,8,0", "::1,58,icmpv6,128,129"})
    void reportsPing(String host, int protocol, String name, int request, int reply) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(host, 0), LibC.SOCK_DGRAM, protocol)) {
            socket.connect(at(host, 0));
            socket.send(new byte[] {(byte) request, 0, 0, 0, 0, 0, 0, 0});
            String echo = "%s %s > %s type %%d code 0 id %d".formatted(name, host, host, socket.port());
            expect(echo.formatted(request), echo.formatted(reply));
        }
    }

    @Test
    void reportsDestinationNat(OwnNetwork far) throws Exception {
        nat("output", "ip daddr 198.51.100.7 udp dport 53 dnat to 10.77.0.1:5353");
        try (DatagramChannel socket = DatagramChannel.open().bind(at("10.77.0.2", 0))) {
            send(socket, at("198.51.100.7", 53));
            String end = text(socket.getLocalAddress());
            FlowEvent event =
                    expect("udp %s > 198.51.100.7:53".formatted(end), "udp 10.77.0.1:5353 > %s".formatted(end));
            assertTrue(event.isTranslated());
        }
    }

    @Test
    void reportsSourceNat() throws Exception {
        nat("postrouting", "udp dport 9 snat to 127.0.0.1:40009");
        try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent event = expect(
                    "udp %s > 127.0.0.1:9".formatted(text(socket.getLocalAddress())),
                    "udp 127.0.0.1:9 > 127.0.0.1:40009");
            assertTrue(event.isTranslated());
        }
    }

    @Test
    void reportsMarkAndZone() throws Exception {
        String chain = "chain %s { type filter hook output priority %s; udp dport 9 ct %s; };";
        Child.nft("table inet test { "
                + chain.formatted("zones", "raw", "zone set 7")
                + chain.formatted("marks", "filter", "mark set 0xfedcba98")
                + " }");
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent event = events.await(PATIENCE_MILLIS);
            assertEquals(0xfedcba98L, event.mark());
            assertEquals(7, event.zone());
        }
    }

    @Test
    void recognisesAConnectionThatIsOlderThanTracking() throws IOException {
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
    void reportsManyFlowsInTheirOrder() throws IOException {
        List<Integer> ports = IntStream.range(10_000, 12_000).boxed().toList();
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port : ports) {
                send(socket, at("127.0.0.1", port));
            }
        }
        List<Integer> reported = new ArrayList<>();
        for (FlowEvent event = events.receive(); event != null; event = events.receive()) {
            reported.add(event.original().destinationPort());
        }
        assertEquals(ports, reported);
        assertEquals(0, events.dropped());
    }

    @Test
    void countsDroppedEventsExactly() throws IOException {
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
            assertEquals(made, received + small.dropped());
            assertEquals(0, small.malformed());

            // Later events arrive.
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
    void waitsForAsLongAsAsked() throws IOException {
        long before = System.nanoTime();
        assertNull(events.await(200));
        assertTrue(System.nanoTime() - before >= 200_000_000);
    }

    @Test
    void waitsUntilAFlowBegins() throws Exception {
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

    private static void nat(String hook, String rule) throws Exception {
        Child.nft("table ip nat { chain c { type nat hook %s priority 0; %s; }; }".formatted(hook, rule));
    }

    private FlowEvent expect(String original, String reply) throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event for " + original);
        assertEquals(original, event.original().toString());
        assertEquals(reply, event.reply().toString());
        return event;
    }
}
