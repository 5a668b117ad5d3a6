// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.TcpConnection;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries of flows that began before the service started, or before conntrack tracked them. */
class ExistingFlowIT extends ServiceFixture {
    private static final String NEW_AND_END = "[Log]\nEvents=new end\n";
    /** Enables tracking without the service, in a chain that no hook calls. */
    private static final String TRACKING = "table inet own { chain unhooked { ct state new; }; }";

    private static TcpConnection local() throws Exception {
        return TcpConnection.open("127.0.0.1", "127.0.0.1", null, null);
    }

    private static void assertTuple(TcpConnection connection, Map<String, String> flow) throws Exception {
        assertEquals(port(connection.client().getLocalAddress()), flow.get("FLOW_SPORT"), flow::toString);
        assertEquals(port(connection.server().getLocalAddress()), flow.get("FLOW_DPORT"), flow::toString);
    }

    private static void assertBothSidesAreThisProcess(Map<String, String> flow) {
        assertEquals("local", flow.get("FLOW_DIRECTION"), flow::toString);
        assertEquals(SELF, flow.get("PID"), flow::toString);
        assertEquals(SELF, flow.get("PEER_PID"), flow::toString);
    }

    @Nested
    class IsLoggedAsExisting {
        @Test
        void withTheProcessesOfAConnectionAndWithoutATime() throws Exception {
            Child.nft(TRACKING);
            try (TcpConnection connection = local()) {
                start("", "--output=json");
                Map<String, String> flow = LoggedEntries.next(service, "existing");
                assertTuple(connection, flow);
                assertBothSidesAreThisProcess(flow);
                assertFalse(flow.containsKey("FLOW_TIMESTAMP"), "the kernel kept no time");
            }
        }

        /** Another process may have had the port of an unconnected socket when the flow began. */
        @Test
        void withoutTheProcessOfAnUnconnectedSocket() throws Exception {
            Child.nft(TRACKING);
            try (DatagramChannel unconnected = DatagramChannel.open()) {
                send(unconnected, at("127.0.0.1", 9));
                start("", "--output=json");
                Map<String, String> flow = LoggedEntries.next(service, "existing");
                assertEquals("udp", flow.get("FLOW_PROTO"));
                assertNull(flow.get("PID"));
                assertEquals(LATE.text(), flow.get("PID_REASON"));
            }
        }

        /** Conntrack takes the side that it sees first for the initiator. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void fromTheInitiatorIfItIsMidstream(boolean clientFirst) throws Exception {
            try (TcpConnection connection = local()) {
                Child.nft(TRACKING);
                SocketChannel first = clientFirst ? connection.client() : connection.server();
                first.write(ByteBuffer.allocate(1));
                String entry = Child.run("conntrack", "-L", "-p", "tcp");
                assertTrue(entry.contains("sport=" + port(first.getLocalAddress()) + " "), entry);
                start("", "--output=json");
                Map<String, String> flow = LoggedEntries.next(service, "existing");
                assertTuple(connection, flow);
                assertEquals("yes", flow.get("FLOW_MIDSTREAM"));
                assertBothSidesAreThisProcess(flow);
            }
        }
    }

    @Test
    void isLoggedOnceWhetherItIsExistingOrNew() throws Exception {
        Child.nft(TRACKING);
        int existing = 4000;
        int all = 12_000;
        flood(IntStream.range(10_000, 10_000 + existing).boxed().toList());
        start("", "--output=json");
        flood(IntStream.range(10_000 + existing, 10_000 + all).boxed().toList());
        for (int i = 0; i < all; i++) {
            nextFlow();
        }
        service.terminate();
        Map<Integer, Long> logged = LoggedEntries.allFlows(service).stream()
                .collect(Collectors.groupingBy(flow -> Integer.valueOf(flow.get("FLOW_DPORT")), Collectors.counting()));
        assertEquals(all, logged.size());
        assertTrue(logged.values().stream().allMatch(count -> count == 1), "each once");
    }

    @Nested
    class HasAnEnd {
        @Test
        void withItsProcessAndWithoutCountersAndDuration() throws Exception {
            Child.nft(TRACKING);
            Files.writeString(Path.of("/proc/sys/net/netfilter/nf_conntrack_events"), "1");
            try (TcpConnection connection = local()) {
                start(NEW_AND_END, "--output=json");
                assertTuple(connection, LoggedEntries.next(service, "existing"));
                Child.run("conntrack", "-D", "-p", "tcp");
                Map<String, String> end = LoggedEntries.next(service, "end");
                assertTuple(connection, end);
                assertEquals(SELF, end.get("PID"));
                assertFalse(end.containsKey("FLOW_ORIG_BYTES"), "the kernel counted nothing");
                assertFalse(end.containsKey("FLOW_DURATION_USEC"), "the kernel kept no time");
            }
        }

        /** Conntrack takes the side that it sees first for the initiator. */
        @Test
        void withTheCountersOfEachSideIfTheServerSentFirst() throws Exception {
            try (TcpConnection connection = local()) {
                start(NEW_AND_END, "--output=json");
                connection.server().write(ByteBuffer.allocate(1000));
                Map<String, String> flow = LoggedEntries.next(service, "new");
                assertTuple(connection, flow);
                assertEquals("yes", flow.get("FLOW_MIDSTREAM"));
                Child.run("conntrack", "-D", "-p", "tcp");
                Map<String, String> end = LoggedEntries.next(service, "end");
                assertTuple(connection, end);
                assertEquals("yes", end.get("FLOW_MIDSTREAM"));
                assertEquals(SELF, end.get("PID"));
                assertTrue(Integer.parseInt(end.get("FLOW_REPLY_BYTES")) > 1000, end::toString);
                assertTrue(Integer.parseInt(end.get("FLOW_ORIG_BYTES")) < 1000, end::toString);
            }
        }
    }
}
