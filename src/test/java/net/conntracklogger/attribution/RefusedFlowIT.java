// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.attribution.programs.ReportProgram;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Obstacle;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attempts of local sockets that do not become a flow. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class RefusedFlowIT {
    private static final int PORT = 9;
    /** Opens a flow, without waiting for the result of connect(). */
    private static final String ATTEMPT = """
            import errno, socket, sys, time
            kind, address, port, pause = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            s = socket.socket(family, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
            s.setblocking(False)
            if kind == 'tcp':
                s.connect_ex((address, port))
            else:
                if kind == 'connected': s.connect((address, port))
                for i in range(3):
                    try:
                        s.send(b'x') if kind == 'connected' else s.sendto(b'x', (address, port))
                    except OSError: pass
            time.sleep(pause)
            """;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    static Stream<Arguments> attempts() {
        return Stream.of(Family.values())
                .flatMap(family -> Stream.of("tcp", "udp", "connected")
                        .flatMap(kind ->
                                Stream.of("drop", "reject").map(verdict -> Arguments.of(family, kind, verdict))));
    }

    private static void attempt(Family family, String kind, String seconds) throws Exception {
        Child.run("python3", "-c", ATTEMPT, kind, family.far(), "" + PORT, seconds);
    }

    private static void filter(String hook, int priority, String rule) throws Exception {
        Child.nft("table inet filter { chain %s { type filter hook %s priority %d; %s; }; }"
                .formatted(hook, hook, priority, rule));
    }

    private static String port(String verdict) {
        return "meta l4proto { tcp, udp } th dport %d %s".formatted(PORT, verdict);
    }

    /** Returns all refused flows that are recorded. */
    private List<AttributedFlow> refused() throws IOException {
        bed.attributor().update();
        List<AttributedFlow> all = new ArrayList<>();
        for (List<AttributedFlow> some = bed.attributor().refused();
                !some.isEmpty();
                some = bed.attributor().refused()) {
            all.addAll(some);
        }
        assertEquals(0, bed.attributor().refusedLost());
        return all;
    }

    private AttributedFlow onlyRefused() throws IOException {
        List<AttributedFlow> all = refused();
        assertEquals(1, all.size(), all::toString);
        return all.get(0);
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void areRecordedOnceWithTheOwner(Family family, String kind, String verdict, OwnNetwork far) throws Exception {
        filter("output", 0, port(verdict));
        attempt(family, kind, /* seconds= */ "1.3"); // until the first SYN is repeated
        AttributedFlow flow = onlyRefused();
        assertEquals(FlowEvent.Kind.REFUSED, flow.event().kind());
        assertEquals(Obstacle.NETFILTER, flow.passage().obstacle());
        assertEquals(Direction.OUTBOUND, flow.direction());
        assertEquals(family.near(), flow.event().original().source().toString());
        assertEquals(family.far(), flow.event().original().destination().toString());
        assertEquals(PORT, flow.event().original().destinationPort());
        assertEquals(OwnerSource.BPF, flow.owner().source());
        assertEquals("python3", flow.owner().process().comm().toString());
        assertNotNull(flow.owner().process().commandLine());
        assertNotNull(flow.passage().device());
        bed.assertQuiet();
    }

    /** Conntrack has not seen the packet. */
    @ParameterizedTest
    @MethodSource("attempts")
    void areRecordedIfConntrackDoesNotSeeThem(Family family, String kind, String verdict, OwnNetwork far)
            throws Exception {
        filter("output", -300, port(verdict));
        attempt(family, kind, "0");
        AttributedFlow flow = onlyRefused();
        assertEquals(family.far(), flow.event().original().destination().toString());
        assertEquals(PORT, flow.event().original().destinationPort());
        assertEquals("python3", flow.owner().process().comm().toString());
    }

    /** The tuple is that before translation. */
    @ParameterizedTest
    @EnumSource
    void haveTheDestinationThatTheProcessChose(Family family, OwnNetwork far) throws Exception {
        Child.nft("table %s nat { chain output { type nat hook output priority -100; udp dport %d dnat to %s; }; }"
                .formatted(family.nft(), PORT, family.beyond()));
        filter("output", 0, "meta l4proto udp drop");
        attempt(family, "udp", "0");
        assertEquals(
                family.far(), onlyRefused().event().original().destination().toString());
    }

    @ParameterizedTest
    @EnumSource
    void ofPingHaveTypeAndOwner(Family family, OwnNetwork far) throws Exception {
        filter("output", 0, family.choose("icmp", "icmpv6") + " type echo-request drop");
        try (Child ping = Child.start("ping", "-c", "2", "-i", "0.2", "-W", "1", family.far())) {
            ping.await();
        }
        AttributedFlow flow = onlyRefused();
        assertEquals("ping", flow.owner().process().comm().toString());
    }

    @Test
    void ofOneSocketToSeveralPeersAreRecordedEach(OwnNetwork far) throws Exception {
        filter("output", 0, "meta l4proto udp drop");
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port = 1; port <= 100; port++) {
                trySend(socket, port);
                trySend(socket, port);
            }
            List<AttributedFlow> all = refused();
            assertEquals(100, all.size());
            assertOwner(all.get(99)).isThisProcess();
        }
    }

    private static void trySend(DatagramChannel socket, int port) {
        try {
            send(socket, at(OwnNetwork.FAR, port));
        } catch (IOException e) {
            // EPERM: that is the point
        }
    }

    @Test
    void ofAnotherNamespaceAreNotReported(OwnNetwork far) throws Exception {
        far.call(() -> {
            filter("output", 0, "meta l4proto udp drop");
            Child.run("python3", "-c", ATTEMPT, "udp", OwnNetwork.NEAR, "" + PORT, "0");
            return null;
        });
        assertEquals(List.of(), refused());
    }

    /** What is no refused attempt. */
    @Nested
    class IsNot {
        /** A closed port, and a host that does not answer. */
        @ParameterizedTest
        @EnumSource
        void aFlowThatFailsElsewhere(Family family, OwnNetwork far) throws Exception {
            far.call(() -> {
                filter("input", 0, "tcp dport 10 drop");
                return null;
            });
            Child.run("python3", "-c", ATTEMPT, "tcp", family.far(), "" + PORT, "0");
            Child.run("python3", "-c", ATTEMPT, "tcp", family.far(), "10", "1.2");
            Child.run("python3", "-c", ATTEMPT, "udp", family.far(), "" + PORT, "0");
            assertEquals(List.of(), refused());
        }

        @Test
        void aPacketOfAFlowThatConntrackKnows(OwnNetwork far) throws Exception {
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at(OwnNetwork.FAR, PORT));
                bed.event();
                filter("output", 0, port("drop"));
                trySend(socket, PORT);
                assertEquals(List.of(), refused());
            }
        }

        @Test
        void aPacketOfAKnownFlowThatIsDroppedBeforeConntrack(OwnNetwork far) throws Exception {
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at(OwnNetwork.FAR, PORT));
                bed.event();
                filter("output", -300, port("drop"));
                trySend(socket, PORT);
                assertEquals(List.of(), refused());
            }
        }

        @Test
        void whatTheKernelAnswers(OwnNetwork far) throws Exception {
            filter("output", 0, "meta l4proto { icmp, icmpv6 } drop; tcp flags rst drop");
            far.call(() -> Child.run("python3", "-c", ATTEMPT, "udp", OwnNetwork.NEAR, "" + PORT, "0"));
            far.call(() -> Child.run("python3", "-c", ATTEMPT, "tcp", OwnNetwork.NEAR, "" + PORT, "0"));
            assertEquals(List.of(), refused());
        }

        /** An inbound packet that a rule drops before the socket. */
        @Test
        void anInboundPacket(OwnNetwork far) throws Exception {
            filter("input", 0, port("drop"));
            try (DatagramChannel socket = DatagramChannel.open().bind(at(OwnNetwork.NEAR, PORT))) {
                far.call(() -> Child.run("python3", "-c", ATTEMPT, "udp", OwnNetwork.NEAR, "" + PORT, "0"));
                assertEquals(List.of(), refused());
            }
        }
    }

    /** A connect(2) that fails before it sends a packet. Not every kernel lets programs trace functions. */
    @Nested
    class OfConnect {
        private void assumeRecorded() {
            assumeTrue(bed.records().programs().has(ReportProgram.CONNECT4_FAILED));
        }

        @ParameterizedTest
        @EnumSource
        void areRecordedIfThereIsNoRoute(Family family) throws Exception {
            assumeRecorded();
            Child.run("python3", "-c", ATTEMPT, "tcp", family.beyond(), "" + PORT, "0");
            AttributedFlow flow = onlyRefused();
            assertEquals(Obstacle.NETWORK_UNREACHABLE, flow.passage().obstacle());
            assertEquals(family.beyond(), flow.event().original().destination().toString());
            assertEquals("python3", flow.owner().process().comm().toString());
        }

        @Test
        void areRecordedIfTheRouteSaysSo() throws Exception {
            assumeRecorded();
            Child.ip("route add unreachable 10.78.0.1", "route add prohibit 10.78.0.2");
            Child.run("python3", "-c", ATTEMPT, "tcp", "10.78.0.1", "" + PORT, "0");
            Child.run("python3", "-c", ATTEMPT, "tcp", "10.78.0.2", "" + PORT, "0");
            List<AttributedFlow> all = new ArrayList<>();
            Wait.until("two refused flows", () -> all.addAll(refused()) && all.size() == 2);
            assertEquals(Obstacle.HOST_UNREACHABLE, all.get(0).passage().obstacle());
            assertEquals(Obstacle.PROHIBITED, all.get(1).passage().obstacle());
        }
    }
}
