// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.KeepingParent;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes on while the service is replaced by its next process: the programs, their records, the events, the nft table. */
@KernelTest
class RestartIT {
    private static final String NOTHING = "";

    @TempDir
    private Path directory;

    private KeepingParent parent;
    private Path object;

    @BeforeEach
    void open() throws IOException {
        parent = new KeepingParent(directory.resolve("notify").toString());
        object = Files.copy(SystemRoots.ofHost().bpfObject(), directory.resolve("programs.o"));
    }

    @AfterEach
    void close() {
        parent.close();
    }

    private void start(String configuration) throws Exception {
        Path file = Files.writeString(directory.resolve("test.conf"), configuration);
        parent.start(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KeptService.class.getName(),
                file.toString(),
                object.toString(),
                directory.resolve("entries").toString()));
    }

    private List<Map<String, String>> entries(String field, String value) throws IOException {
        return Files.readAllLines(directory.resolve("entries")).stream()
                .map(ServiceFixture::fields)
                .filter(entry -> value.equals(entry.get(field)))
                .toList();
    }

    private List<Map<String, String>> flows(String event, String port) throws IOException {
        return entries("FLOW_EVENT", event).stream()
                .filter(flow -> port.equals(flow.get("FLOW_DPORT")))
                .toList();
    }

    /** Returns the entry once it is written. */
    private Map<String, String> flow(String event, int port) throws Exception {
        Wait.until(
                "an entry " + event + " of " + port,
                () -> !flows(event, "" + port).isEmpty());
        return flows(event, "" + port).get(0);
    }

    /** Sends a datagram by a process that ends at once; returns its id. */
    private static String send(int port) throws Exception {
        try (Child child = Child.start("bash", "-c", "echo >/dev/udp/127.0.0.1/" + port + "; : end")) {
            assertEquals(0, child.await());
            return Integer.toString(child.pid());
        }
    }

    private static void assertOwner(String pid, Map<String, String> entry) {
        assertEquals(pid + " bpf", entry.get("PID") + " " + entry.get("PID_SOURCE"), entry::toString);
    }

    private void changeObject() throws IOException {
        Files.writeString(object, "another version of the programs", StandardOpenOption.APPEND);
    }

    @Nested
    class AFlowThatBeginsMeanwhile {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void hasItsOwnerAlsoIfTheProgramsAreOfAnotherVersion(boolean changed) throws Exception {
            start(NOTHING);
            parent.stop();
            String owner = send(4001);
            if (changed) {
                changeObject();
            }
            start(NOTHING);
            assertOwner(owner, flow("new", 4001));
            assertOwner(send(4002), flow("new", 4002));
            assertEquals(List.of(), entries("LOST_WHERE", "owner"));
        }

        /** Without {@code nf_conntrack_timestamp}, which this service restores when it stops, no kernel sends the time. */
        @Test
        void hasNoTimeIfTheKernelDoesNotSendIt() throws Exception {
            start(NOTHING);
            parent.stop();
            send(4001);
            start(NOTHING);
            assertNull(flow("new", 4001).get("FLOW_TIMESTAMP"));
            send(4002);
            assertNotNull(flow("new", 4002).get("FLOW_TIMESTAMP"));
            assertEquals(1, flows("new", "4001").size());
            assertEquals(List.of(), flows("existing", "4001"));
        }

        @Test
        void hasItsOwnerIfTheServiceIsKilled() throws Exception {
            start(NOTHING);
            parent.kill();
            String owner = send(4001);
            start(NOTHING);
            assertOwner(owner, flow("new", 4001));
            assertEquals(1, flows("new", "4001").size());
        }

        /** The kernel cannot change the size of a map. */
        @Test
        void isReportedToLackItsOwnerIfTheMapsAreOfAnotherSize() throws Exception {
            start(NOTHING);
            parent.stop();
            long before = EpochMicros.now();
            send(4001);
            long after = EpochMicros.now();
            start("[Capture]\nKernelFlows=10000\n");
            assertEquals("process-gone", flow("new", 4001).get("PID_REASON"));
            Map<String, String> loss = entries("LOST_WHERE", "owner").get(0);
            assertNull(loss.get("LOST_COUNT"));
            assertTrue(Long.parseLong(loss.get("LOST_SINCE")) <= before, loss::toString);
            assertTrue(Long.parseLong(loss.get("LOST_UNTIL")) >= after, loss::toString);
            assertOwner(send(4002), flow("new", 4002));
        }
    }

    @Nested
    class TheEndOfAFlow {
        private static final String NEW_AND_END = "[Log]\nEvents=new end\n";

        @ParameterizedTest
        @ValueSource(strings = {"new end", "end"})
        void hasTheOwnerOfABeginningThatTheProcessBeforeRead(String events) throws Exception {
            start("[Log]\nEvents=" + events + "\n");
            String owner = send(4001);
            Wait.until(
                    "the flow is in the table",
                    () -> Child.run("conntrack", "-L", "-p", "udp").contains("dport=4001"));
            parent.stop();
            start("[Log]\nEvents=" + events + "\n");
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "4001");
            Map<String, String> end = flow("end", 4001);
            assertOwner(owner, end);
            assertEquals("local", end.get("FLOW_DIRECTION"));
            assertEquals("29", end.get("FLOW_ORIG_BYTES"));
            assertEquals(1, flows("end", "4001").size());
            // Of ends alone, the beginning is logged because the service may be stopped for ever.
            assertEquals(1, flows("new", "4001").size());
            assertEquals(List.of(), flows("existing", "4001"));
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void hasItAlsoIfTheFlowEndsMeanwhile(boolean killed) throws Exception {
            start(NEW_AND_END);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0))) {
                int port = Endpoint.port(server);
                String owner;
                try (Child child = Child.start("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; : short")) {
                    assertEquals(0, child.await());
                    owner = Integer.toString(child.pid());
                }
                assertOwner(owner, flow("new", port));
                if (killed) {
                    parent.kill();
                } else {
                    parent.stop();
                }
                Child.run("conntrack", "-D", "-p", "tcp", "--dport", "" + port);
                start(NEW_AND_END);
                Map<String, String> end = flow("end", port);
                assertOwner(owner, end);
                assertEquals("local", end.get("FLOW_DIRECTION"));
                assertNotNull(end.get("FLOW_DURATION_USEC"));
                // The kernel sends the time of a NEW event, and for an end that at which it inserted the flow before
                // that.
                long began = Long.parseLong(flow("new", port).get("FLOW_TIMESTAMP"));
                assertTrue(Math.abs(began - Long.parseLong(end.get("FLOW_TIMESTAMP"))) < 10_000, end::toString);
            }
        }

        /** The second flow has the same tuple, and another process. */
        @Test
        void hasNoOwnerIfAnotherProcessUsedTheTuple() throws Exception {
            start(NEW_AND_END);
            String program = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4002));"
                    + " s.sendto(b'x', ('127.0.0.1', 4001))";
            try (Child first = Child.python(program)) {
                first.await();
                assertOwner(Integer.toString(first.pid()), flow("new", 4001));
            }
            parent.stop();
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "4001");
            try (Child second = Child.python(program)) {
                second.await();
                start(NEW_AND_END);
                assertEquals("beginning-unknown", flow("end", 4001).get("PID_REASON"));
                Wait.until(
                        "the second flow is logged", () -> flows("new", "4001").size() == 2);
            }
        }
    }

    @Test
    void keepsTheTableThatEnablesTracking() throws Exception {
        start(NOTHING);
        String table = Child.run("nft", "--handle", "list", "tables");
        assertTrue(table.startsWith("table inet conntrack_logger"), table);
        parent.stop();
        assertEquals(table, Child.run("nft", "--handle", "list", "tables"));
        start(NOTHING);
        assertEquals(table, Child.run("nft", "--handle", "list", "tables"));
    }

    @Test
    void logsNoFlowTwice() throws Exception {
        start(NOTHING);
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port = 4001; port <= 4020; port++) {
                Endpoint.send(socket, at("127.0.0.1", port));
                if (port % 5 == 0) {
                    parent.kill();
                    start(NOTHING);
                }
            }
        }
        flow("new", 4020);
        for (int port = 4001; port <= 4020; port++) {
            assertEquals(1, flows("new", "" + port).size(), "port " + port);
        }
        assertEquals(List.of(), entries("FLOW_EVENT", "existing"));
    }
}
