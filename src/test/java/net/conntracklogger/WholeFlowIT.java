// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows from their beginning, or from before it, to their end. */
class WholeFlowIT extends ServiceFixture {
    private static final Path SYSCTLS = Path.of("/proc/sys/net/netfilter");
    private static final String BOTH = "[Log]\nEvents=new end\n";
    private static final String END_ALONE = "[Log]\nEvents=end\n";
    /** IPv4 and UDP headers. */
    private static final int HEADERS = 28;

    private static final boolean EVENTS_HAVE_TIMES =
            Version.parse(System.getProperty("os.version").replaceFirst("[^0-9.].*", ""))
                            .compareTo(Version.parse("6.14"))
                    >= 0;

    private static final String RULE = "table inet own { chain unhooked { ct state new; }; }";

    // ---- ends

    @Test
    void tellsAtItsEndWhoBeganAFlowOfAProcessThatIsGone() throws Exception {
        start(BOTH, "--output=json");
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0))) {
            String port = port(server.getLocalAddress());
            try (Child child = Child.start("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; : short")) {
                assertEquals(0, child.await());
                Map<String, String> beginning = nextFlow("new");
                Child.run("conntrack", "-D", "-p", "tcp");
                Map<String, String> end = nextFlow("end");
                assertEquals(Integer.toString(child.pid()), end.get("PID"));
                assertTrue(end.get("PID_CMDLINE").endsWith("; : short\\\""), end::toString);
                assertTrue(
                        end.get("MESSAGE")
                                .matches("tcp .* local, ended after 0\\.\\d{3} s, orig \\d+ B, reply \\d+ B, pid .*"),
                        end::toString);
                // All that was said of its beginning is said again.
                end.keySet().removeIf(field -> !beginning.containsKey(field));
                beginning.keySet().removeAll(List.of("MESSAGE", "MESSAGE_ID", "FLOW_EVENT"));
                end.keySet().removeAll(List.of("MESSAGE", "MESSAGE_ID", "FLOW_EVENT"));
                assertEquals(beginning, end);
            }
        }
    }

    /** Bytes and packets as they were sent, and as conntrack(8) prints them. */
    @Test
    void countsBytesAndPackets() throws Exception {
        start(BOTH, "--output=json");
        try (Child conntrack = Child.start("stdbuf", "-oL", "conntrack", "-E", "-e", "DESTROY", "-p", "udp");
                DatagramChannel far = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            awaitListening();
            int port = ((InetSocketAddress) far.getLocalAddress()).getPort();
            Map<String, List<Long>> sent = new TreeMap<>();
            for (int flow = 1; flow <= 20; flow++) {
                try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
                    sent.put(port(socket.getLocalAddress()), exchange(socket, far, port, flow));
                }
            }
            Child.run("conntrack", "-D", "-p", "udp");
            Map<String, List<Long>> logged = new TreeMap<>();
            Map<String, List<Long>> printed = new TreeMap<>();
            while (logged.size() < sent.size()) {
                Map<String, String> end = nextFlow("end");
                logged.put(end.get("FLOW_SPORT"), counters(end));
            }
            while (printed.size() < sent.size()) {
                printed.putAll(countersOf(conntrack.output().next()));
            }
            assertEquals(sent, logged);
            assertEquals(printed, logged);
        }
    }

    /** Sends some there and some back; answers bytes and packets there, and back. */
    private static List<Long> exchange(DatagramChannel socket, DatagramChannel far, int port, int flow)
            throws IOException {
        long bytes = 0;
        for (int packet = 1; packet <= flow; packet++) {
            socket.send(ByteBuffer.allocate(100 * packet), at("127.0.0.1", port));
            bytes += 100L * packet + HEADERS;
        }
        InetSocketAddress back = (InetSocketAddress) socket.getLocalAddress();
        for (int packet = 0; packet < flow / 2; packet++) {
            far.send(ByteBuffer.allocate(flow), back);
        }
        return List.of(bytes, (long) flow, flow / 2 * (long) (flow + HEADERS), (long) (flow / 2));
    }

    private static List<Long> counters(Map<String, String> end) {
        return List.of(
                Long.valueOf(end.get("FLOW_ORIG_BYTES")),
                Long.valueOf(end.get("FLOW_ORIG_PACKETS")),
                Long.valueOf(end.get("FLOW_REPLY_BYTES")),
                Long.valueOf(end.get("FLOW_REPLY_PACKETS")));
    }

    /** By source port. */
    private static Map<String, List<Long>> countersOf(String line) {
        Matcher matcher = Pattern.compile(
                        ".* sport=(\\d+) .*?packets=(\\d+) bytes=(\\d+) .*packets=(\\d+) bytes=(\\d+).*")
                .matcher(line);
        assertTrue(matcher.matches(), line);
        return Map.of(
                matcher.group(1),
                List.of(
                        Long.valueOf(matcher.group(3)),
                        Long.valueOf(matcher.group(2)),
                        Long.valueOf(matcher.group(5)),
                        Long.valueOf(matcher.group(4))));
    }

    @Test
    void tellsHowLongAFlowLived() throws Exception {
        start(BOTH, "--output=json");
        try (DatagramChannel socket = DatagramChannel.open()) {
            long beforeAll = System.nanoTime();
            send(socket, at("127.0.0.1", 9));
            long begun = System.nanoTime();
            Map<String, String> beginning = nextFlow("new");
            Thread.sleep(1200);
            long beforeEnd = System.nanoTime();
            Child.run("conntrack", "-D", "-p", "udp");
            long ended = System.nanoTime();
            Map<String, String> end = nextFlow("end");
            long duration = Long.parseLong(end.get("FLOW_DURATION_USEC"));
            assertTrue(duration >= (beforeEnd - begun) / 1000 - 1, () -> duration + " is too short");
            assertTrue(duration <= (ended - beforeAll) / 1000 + 1, () -> duration + " is too long");
            assertEquals(beginning.get("FLOW_TIMESTAMP"), end.get("FLOW_TIMESTAMP"));
        }
    }

    @Test
    void tellsWhenAFlowBeganHoweverLateItIsRead() throws Exception {
        assumeTrue(EVENTS_HAVE_TIMES, "Linux before 6.14 does not tell when an event was");
        start(BOTH, "--output=json");
        service.signal("STOP");
        Instant before = Instant.now().truncatedTo(ChronoUnit.MICROS);
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            Instant after = Instant.now();
            Thread.sleep(300);
            service.signal("CONT");
            Instant began =
                    Instant.EPOCH.plus(Long.parseLong(nextFlow("new").get("FLOW_TIMESTAMP")), ChronoUnit.MICROS);
            assertFalse(began.isBefore(before), began + " is before " + before);
            assertFalse(began.isAfter(after), began + " is after " + after);
        }
    }

    @Test
    void setsTheKernelsSwitchesAndSetsThemBack() throws Exception {
        List<String> names = List.of("nf_conntrack_acct", "nf_conntrack_events", "nf_conntrack_timestamp");
        List<String> before = values(names);
        assertEquals(List.of("0", "2", "0"), before);
        start(BOTH, "--output=text");
        String said = service.errors().next(line -> line.contains("nf_conntrack_acct"));
        assertEquals(
                "sysctls set until the service stops: net.netfilter.nf_conntrack_events=1"
                        + " (was 2), net.netfilter.nf_conntrack_acct=1 (was 0),"
                        + " net.netfilter.nf_conntrack_timestamp=1 (was 0)",
                said);
        assertEquals(List.of("1", "1", "1"), values(names));
        service.terminate();
        assertEquals(0, service.await());
        assertEquals(before, values(names));
    }

    @Test
    void leavesTheKernelsSwitchesAloneWhereEndsAreNotLogged() throws Exception {
        List<String> names = List.of("nf_conntrack_acct", "nf_conntrack_events", "nf_conntrack_timestamp");
        start("", "--output=text");
        assertEquals(List.of("0", "2", "0"), values(names));
    }

    // ---- ends alone

    @Test
    void logsAFlowOnceWhenItEnds() throws Exception {
        start(END_ALONE, "--output=json");
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            send(socket, at("127.0.0.1", 10));
            awaitTracked(2);
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "9");
            Map<String, String> end = nextFlow();
            assertEquals(
                    "end 9 " + SELF,
                    "%s %s %s".formatted(end.get("FLOW_EVENT"), end.get("FLOW_DPORT"), end.get("PID")));
            service.terminate();
            Map<String, String> rest = nextFlow();
            assertEquals(
                    "new 10 " + SELF,
                    "%s %s %s".formatted(rest.get("FLOW_EVENT"), rest.get("FLOW_DPORT"), rest.get("PID")));
            assertEquals(0, service.await());
            assertEquals(2, flows(service.output().all()).size());
        }
    }

    @Test
    void losesNothingWhereThereIsNoRoomForOpenFlows() throws Exception {
        start(END_ALONE + "OpenFlows=2\n", "--output=json");
        List<Integer> ports = IntStream.range(10_000, 10_100).boxed().toList();
        flood(ports);
        service.terminate();
        List<Map<String, String>> flows = flows(service.output().all());
        assertEquals(
                ports,
                flows.stream()
                        .map(flow -> Integer.valueOf(flow.get("FLOW_DPORT")))
                        .toList());
        assertTrue(
                flows.stream().allMatch(flow -> flow.get("FLOW_EVENT").equals("new") && SELF.equals(flow.get("PID"))));
    }

    @Test
    void saysAtItsEndThatTheBeginningIsForgotten() throws Exception {
        start(BOTH + "OpenFlows=1\n", "--output=json");
        flood(List.of(9, 10));
        nextFlow("new");
        nextFlow("new");
        Child.run("conntrack", "-D", "-p", "udp", "--dport", "9");
        Map<String, String> end = nextFlow("end");
        assertEquals("9", end.get("FLOW_DPORT"));
        assertEquals("beginning-unknown", end.get("PID_REASON"));
        assertNull(end.get("PID"));
        Child.run("conntrack", "-D", "-p", "udp", "--dport", "10");
        assertEquals(SELF, nextFlow("end").get("PID"));
    }

    // ---- flows that existed before

    @Test
    void takesUpFlowsThatExistedBefore() throws Exception {
        Child.nft(RULE);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept();
                DatagramChannel unconnected = DatagramChannel.open()) {
            send(unconnected, at("127.0.0.1", 9));
            start("", "--output=json");
            Map<String, Map<String, String>> flows = new HashMap<>();
            for (int i = 0; i < 2; i++) {
                Map<String, String> flow = nextFlow("existing");
                flows.put(flow.get("FLOW_PROTO"), flow);
            }
            Map<String, String> tcp = flows.get("tcp");
            assertEquals(port(client.getLocalAddress()), tcp.get("FLOW_SPORT"));
            assertEquals(port(accepted.getLocalAddress()), tcp.get("FLOW_DPORT"));
            assertEquals("local", tcp.get("FLOW_DIRECTION"));
            assertEquals(SELF, tcp.get("PID"));
            assertEquals(SELF, tcp.get("PEER_PID"));
            assertFalse(tcp.containsKey("FLOW_TIMESTAMP"), "nobody kept the time");
            // Its port may have been somebody else's when the flow began.
            Map<String, String> udp = flows.get("udp");
            assertNull(udp.get("PID"));
            assertEquals("late", udp.get("PID_REASON"));
        }
    }

    /** Conntrack has the end that it saw first for the one that began it; its table says that it saw no beginning. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void takesUpConnectionsOlderThanTrackingFromTheEndThatBeganThem(boolean clientIsSeen) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept()) {
            Child.nft(RULE);
            (clientIsSeen ? client : accepted).write(ByteBuffer.allocate(1));
            String entry = Child.run("conntrack", "-L", "-p", "tcp");
            String source = port((clientIsSeen ? client : accepted).getLocalAddress());
            assertTrue(entry.contains("sport=" + source + " "), entry);
            start("", "--output=json");
            Map<String, String> flow = nextFlow("existing");
            assertEquals(port(client.getLocalAddress()), flow.get("FLOW_SPORT"));
            assertEquals(port(accepted.getLocalAddress()), flow.get("FLOW_DPORT"));
            assertEquals("yes", flow.get("FLOW_MIDSTREAM"));
            assertEquals("local", flow.get("FLOW_DIRECTION"));
            assertEquals(SELF, flow.get("PID"));
            assertEquals(SELF, flow.get("PEER_PID"));
        }
    }

    @Test
    void logsEachFlowOnceWhetherItExistedOrIsNew() throws Exception {
        Child.nft(RULE);
        int before = 4000;
        int all = 12_000;
        flood(IntStream.range(10_000, 10_000 + before).boxed().toList());
        start("", "--output=json");
        flood(IntStream.range(10_000 + before, 10_000 + all).boxed().toList());
        for (int i = 0; i < all; i++) {
            nextFlow();
        }
        service.terminate();
        Map<Integer, Long> printed = flows(service.output().all()).stream()
                .collect(Collectors.groupingBy(flow -> Integer.valueOf(flow.get("FLOW_DPORT")), Collectors.counting()));
        assertEquals(all, printed.size());
        assertTrue(printed.values().stream().allMatch(count -> count == 1), "each once");
    }

    @Test
    void tellsTheEndOfAFlowThatExistedBefore() throws Exception {
        Child.nft(RULE);
        sysctl("nf_conntrack_events", "1");
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            start(BOTH, "--output=json");
            assertEquals(port(client.getLocalAddress()), nextFlow("existing").get("FLOW_SPORT"));
            Child.run("conntrack", "-D", "-p", "tcp");
            Map<String, String> end = nextFlow("end");
            assertEquals(port(client.getLocalAddress()), end.get("FLOW_SPORT"));
            assertEquals(SELF, end.get("PID"));
            assertFalse(end.containsKey("FLOW_ORIG_BYTES"), "nobody counted");
            assertFalse(end.containsKey("FLOW_DURATION_USEC"), "nobody kept the time");
        }
    }

    /** Conntrack takes the end that it sees first for the one that began it. */
    @Test
    void tellsTheEndOfAFlowThatRunsTheOtherWay() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept()) {
            start(BOTH, "--output=json");
            accepted.write(ByteBuffer.allocate(1000));
            Map<String, String> beginning = nextFlow("new");
            assertEquals(port(client.getLocalAddress()), beginning.get("FLOW_SPORT"));
            assertEquals("yes", beginning.get("FLOW_MIDSTREAM"));
            Child.run("conntrack", "-D", "-p", "tcp");
            Map<String, String> end = nextFlow("end");
            assertEquals(port(client.getLocalAddress()), end.get("FLOW_SPORT"));
            assertEquals("yes", end.get("FLOW_MIDSTREAM"));
            assertEquals(SELF, end.get("PID"));
            assertTrue(Integer.parseInt(end.get("FLOW_REPLY_BYTES")) > 1000, end::toString);
            assertTrue(Integer.parseInt(end.get("FLOW_ORIG_BYTES")) < 1000, end::toString);
        }
    }

    // ----

    private Map<String, String> nextFlow(String event) throws InterruptedException {
        return fields(service.output().next(line -> line.contains("\"FLOW_EVENT\":\"" + event + "\"")));
    }

    private static List<Map<String, String>> flows(List<String> lines) {
        List<Map<String, String>> flows = new ArrayList<>();
        for (String line : lines) {
            Map<String, String> fields = fields(line);
            if (fields.containsKey("FLOW_EVENT")) {
                flows.add(fields);
            }
        }
        return flows;
    }

    private static List<String> values(List<String> names) throws IOException {
        List<String> values = new ArrayList<>();
        for (String name : names) {
            values.add(Files.readString(SYSCTLS.resolve(name)).strip());
        }
        return values;
    }

    private static void sysctl(String name, String value) throws IOException {
        Files.writeString(SYSCTLS.resolve(name), value);
    }

    /** Waits until the service and conntrack(8) have joined the group of ends. */
    private static void awaitListening() throws Exception {
        await(() -> netlinkSockets()
                        .filter(columns -> columns[1].equals("12") && (Long.parseLong(columns[3], 16) & 4) != 0)
                        .count()
                == 2);
    }

    private static void awaitTracked(int flows) throws Exception {
        await(() -> Child.run("conntrack", "-L").lines().count() >= flows);
    }
}
