// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.FORWARDED;
import static net.conntracklogger.flow.Unattributed.PROCESS_GONE;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.Callable;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.netfilter.ConntrackTable;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are older than tracking: the sockets tell who began them, whoever is seen to send first. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
final class MidstreamOwnerIT extends AttributionFixture {
    private static final ByteBuffer BYTE = ByteBuffer.allocate(1).asReadOnlyBuffer();

    private ServerSocketChannel listener;
    private SocketChannel client;
    private SocketChannel server;

    @BeforeEach
    void trackNothingYet() {
        tracking.close();
    }

    @AfterEach
    void closeSockets() throws IOException {
        listener.close();
        client.close();
        server.close();
    }

    /** Each end in its network, null being this one. */
    private void connect(String host, OwnNetwork clients, OwnNetwork servers) throws Throwable {
        listener = in(servers, () -> ServerSocketChannel.open().bind(at(host, 0)));
        client = in(clients, () -> SocketChannel.open(listener.getLocalAddress()));
        server = listener.accept();
    }

    private static <T> T in(OwnNetwork network, Callable<T> body) throws Throwable {
        return network == null ? body.call() : network.call(body);
    }

    private static void exchange(SocketChannel from, SocketChannel to, int bytes) throws IOException {
        from.write(ByteBuffer.allocate(bytes));
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining()) {
            to.read(received);
        }
    }

    /**
     * From now on conntrack sees the connection; the first that it sees is sent from there. Answers what its event leads to,
     * as does the entry in the kernel's table.
     */
    private AttributedFlow seen(SocketChannel from, Direction direction) throws IOException {
        tracking = TrackingTable.add();
        from.write(BYTE.duplicate());
        AttributedFlow flow = next(direction);
        assertCourse(direction, flow);
        AttributedFlow existing = attribute(existing(), 0);
        assertCourse(direction, existing);
        assertEquals(pid(flow.owner()), pid(existing.owner()));
        assertEquals(flow.owner().reason(), existing.owner().reason());
        assertEquals(pid(flow.peer()), pid(existing.peer()));
        return flow;
    }

    private static long pid(Owner owner) {
        return owner == null || owner.process() == null ? 0 : owner.process().pid();
    }

    /** The connection as it is in the kernel's table. */
    private static FlowEvent existing() throws IOException {
        try (ConntrackTable table = ConntrackTable.open()) {
            for (List<FlowEvent> part = table.read(); !part.isEmpty(); part = table.read()) {
                for (FlowEvent flow : part) {
                    if (flow.original().protocol().equals(Protocol.TCP)) {
                        return flow;
                    }
                }
            }
        }
        throw new AssertionError("not in the table");
    }

    private void assertCourse(Direction direction, AttributedFlow flow) throws IOException {
        assertEquals(direction, flow.direction(), flow::toString);
        assertTrue(flow.event().midstream(), flow::toString);
        if (direction != null && direction != Direction.FORWARDED) {
            String forth = text(client.getLocalAddress()) + " > " + text(client.getRemoteAddress());
            String back = text(client.getRemoteAddress()) + " > " + text(client.getLocalAddress());
            assertEquals("tcp " + forth, flow.event().original().toString());
            assertEquals("tcp " + back, flow.event().reply().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.1, true", "10.77.0.1, false", "fd00:10:77::1, true", "fd00:10:77::1, false"})
    void isOutboundWhereThisEndConnected(String host, boolean nearIsSeen, OwnNetwork far) throws Throwable {
        connect(host, null, far);
        assertIs(
                SELF,
                SOCK_DIAG,
                seen(nearIsSeen ? client : server, Direction.OUTBOUND).owner());
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, true", "10.77.0.2, false", "fd00:10:77::2, true", "fd00:10:77::2, false"})
    void isInboundWhereThisEndAccepted(String host, boolean nearIsSeen, OwnNetwork far) throws Throwable {
        connect(host, far, null);
        assertIs(
                SELF,
                SOCK_DIAG,
                seen(nearIsSeen ? server : client, Direction.INBOUND).owner());
    }

    /** A socket that talks IPv4 through IPv6. */
    @Test
    void isKnownOfMappedAddresses(OwnNetwork far) throws Throwable {
        listener = ServerSocketChannel.open().bind(at("::", 0));
        client = far.call(() -> SocketChannel.open(at(NEAR, port(listener))));
        server = listener.accept();
        assertIs(SELF, SOCK_DIAG, seen(server, Direction.INBOUND).owner());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void hasBothEndsWhereBothAreHere(String host) throws Throwable {
        for (boolean clientIsSeen : new boolean[] {true, false}) {
            connect(host, null, null);
            AttributedFlow flow = seen(clientIsSeen ? client : server, Direction.LOCAL);
            assertIs(SELF, SOCK_DIAG, flow.owner());
            assertIs(SELF, SOCK_DIAG, flow.peer());
            closeSockets();
            tracking.close();
            Child.run("conntrack", "-F");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5000, 3_000_000})
    void isToldByTheEndThatHasSentMuch(int bytes, OwnNetwork far) throws Throwable {
        connect(NEAR, far, null);
        Thread reader = new Thread(() -> drain(client));
        reader.start();
        server.write(ByteBuffer.allocate(bytes));
        awaitQuiet();
        // On a machine that was busy just now a segment may have been sent twice: then its counters leave it open.
        String counters = Child.run("ss", "-Htni", "state", "established", "src", NEAR);
        assumeFalse(counters.contains("retrans:"), counters);
        listener.close();
        assertIs(SELF, SOCK_DIAG, seen(server, Direction.INBOUND).owner());
        server.close();
        reader.join();
    }

    private static void drain(SocketChannel from) {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        try {
            while (from.read(buffer.clear()) >= 0) {}
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitQuiet() throws Exception {
        while (!Child.run("ss", "-Htn", "state", "established", "src", NEAR).matches("(?s)\\s*0\\s+0\\s.*")) {}
    }

    /** What is on its way, and stays there, is counted too. */
    @Test
    void isToldWhileDataIsOnItsWay(OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        far.call(() -> Child.nft("table inet deaf { chain c { type filter hook input priority 0; drop; }; }"));
        client.write(ByteBuffer.allocate(3000));
        assertIs(SELF, SOCK_DIAG, seen(client, Direction.OUTBOUND).owner());
    }

    @Test
    void isKnownAfterLosses(OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        loseAtTheFarEnd(far, client);
        seen(client, Direction.OUTBOUND);
    }

    /** The bytes say that it accepted, but segments sent again blur the count: then the listener has to bear it out. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isKnownAfterLossesWhereTheListenerIsStillThere(boolean there, OwnNetwork far) throws Throwable {
        connect(NEAR, far, null);
        loseAtTheFarEnd(far, server);
        if (!there) {
            listener.close();
        }
        AttributedFlow flow = seen(server, there ? Direction.INBOUND : null);
        assertIs(SELF, SOCK_DIAG, flow.owner());
    }

    private void loseAtTheFarEnd(OwnNetwork far, SocketChannel near) throws Throwable {
        far.call(() -> Child.nft(
                "table inet lossy { chain c { type filter hook input priority 0; numgen inc mod 3 0 drop; }; }"));
        for (int i = 0; i < 4; i++) {
            exchange(near, near == client ? server : client, 1000);
        }
        far.call(() -> Child.nft("flush ruleset"));
        String seen = Child.run("ss", "-Htni", "state", "established");
        assertTrue(seen.contains("bytes_retrans:"), seen);
        awaitQuiet();
    }

    /** What this host's own rules refuse is counted as sent: one byte makes a client look like a server. */
    @Test
    void isNotToldWhereOwnRulesRefusedToSend(OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        Child.nft("table inet refuse { chain c { type filter hook output priority 0; meta l4proto tcp drop; }; }");
        client.write(BYTE.duplicate());
        Child.nft("flush ruleset");
        server.read(ByteBuffer.allocate(1));
        awaitQuiet();
        assertIs(SELF, SOCK_DIAG, seen(client, null).owner());
    }

    @Test
    void isKnownWhereTheOtherEndHasClosed(OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        server.shutdownOutput();
        client.read(ByteBuffer.allocate(1));
        assertIs(SELF, SOCK_DIAG, seen(client, Direction.OUTBOUND).owner());
    }

    @Test
    void isNotToldAfterTheOwnEnd(OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        client.shutdownOutput();
        server.read(ByteBuffer.allocate(1));
        assertIs(SELF, SOCK_DIAG, seen(server, null).owner());
    }

    /** The table keeps a connection for a while: then it is as conntrack has it, and nobody's. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isNotToldOnceTheSocketIsGone(boolean nearIsSeen, OwnNetwork far) throws Throwable {
        connect(FAR, null, far);
        String forth = text(client.getLocalAddress()) + " > " + text(client.getRemoteAddress());
        String back = text(client.getRemoteAddress()) + " > " + text(client.getLocalAddress());
        tracking = TrackingTable.add();
        exchange(nearIsSeen ? client : server, nearIsSeen ? server : client, 1);
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
        AttributedFlow flow = attribute(existing(), 0);
        assertTrue(flow.event().midstream());
        assertNull(flow.direction());
        assertEquals(
                "tcp " + (nearIsSeen ? forth : back), flow.event().original().toString());
        assertUnknown(PROCESS_GONE, flow.owner());
    }

    /** Of a socket that is never quiet it may not be known, but never is it wrong. */
    @Test
    void isNeverWrongInFullFlow(OwnNetwork far) throws Throwable {
        connect(NEAR, far, null);
        Thread reader = new Thread(() -> drain(client));
        reader.start();
        Thread writer = new Thread(() -> {
            try {
                while (true) {
                    server.write(ByteBuffer.allocate(100_000));
                }
            } catch (IOException e) {
                // Closed at the end of the test.
            }
        });
        writer.start();
        for (int i = 0; i < 50; i++) {
            tracking = TrackingTable.add();
            AttributedFlow flow = attribute(event(), 0);
            assertTrue(flow.direction() == null || flow.direction() == Direction.INBOUND, flow.toString());
            tracking.close();
            Child.run("conntrack", "-F");
            nothingWaits();
        }
        server.close();
        writer.join();
        reader.join();
    }

    @Test
    void isForwardedWhereNeitherEndIsHere(OwnNetwork far) throws Throwable {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        try (OwnNetwork third = OwnNetwork.create()) {
            int tid = third.call(OwnNetwork::thread);
            Child.ip(
                    "link add name third type veth peer name eth0 netns " + tid,
                    "address add 192.0.2.1/24 dev third",
                    "link set third up");
            third.call(() -> Child.ip(
                    "address add 192.0.2.2/24 dev eth0", "link set eth0 up", "route add default via 192.0.2.1"));
            far.call(() -> Child.ip("route add 192.0.2.0/24 via " + NEAR));
            connect("192.0.2.2", far, third);
            assertUnknown(FORWARDED, seen(server, Direction.FORWARDED).owner());
        }
    }
}
