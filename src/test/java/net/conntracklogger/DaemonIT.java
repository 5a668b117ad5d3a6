// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.conntracklogger.linux.bpf.LibBpf;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as it is run: its options, its output, its signals, and what it tells the service manager. */
@ExtendWith(InOwnNetwork.class)
class DaemonIT extends ServiceFixture {
    private static final String RULE = """
            table inet own {
                chain input {
                    type filter hook input priority 0
                    ct state new
                }
            }
            """;

    // ---- output

    @Test
    void printsFlowsAsJson() throws Exception {
        start("", "--output=json");
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            String from = port(client.getLocalAddress());
            String to = port(server.getLocalAddress());
            Map<String, String> flow = nextFlow();
            Map<String, String> expected = Map.ofEntries(
                    Map.entry("FLOW_EVENT", "new"),
                    Map.entry("SYSLOG_IDENTIFIER", "conntrack-logger"),
                    Map.entry("PRIORITY", "6"),
                    Map.entry("FLOW_FAMILY", "ipv4"),
                    Map.entry("FLOW_PROTO", "tcp"),
                    Map.entry("FLOW_SRC", "127.0.0.1"),
                    Map.entry("FLOW_SPORT", from),
                    Map.entry("FLOW_DST", "127.0.0.1"),
                    Map.entry("FLOW_DPORT", to),
                    Map.entry("FLOW_DIRECTION", "local"),
                    Map.entry("PID", SELF),
                    Map.entry("PID_SOURCE", "bpf"),
                    Map.entry("PEER_PID", SELF));
            Map<String, String> printed = new HashMap<>(flow);
            printed.keySet().retainAll(expected.keySet());
            assertEquals(expected, printed);
            assertTrue(flow.get("MESSAGE")
                    .startsWith("tcp 127.0.0.1:%s > 127.0.0.1:%s local, pid %s (".formatted(from, to, SELF)));
            assertTrue(flow.get("FLOW_COMMUNITY_ID").startsWith("1:"));
            assertFalse(flow.containsKey("FLOW_REPLY_SRC"), "nothing is translated");
        }
    }

    @Test
    void printsFlowsAsText() throws Exception {
        start("", "--output=text");
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at("127.0.0.1", 9));
            send(socket, at("127.0.0.1", 9));
            String line = service.output().next();
            String expected =
                    "\\d{10}: ipv4/udp 127\\.0\\.0\\.1/%s > 127\\.0\\.0\\.1/9 :: %s \\d+:\\d+ /\\S* :: \\S*java .*"
                            .formatted(port(socket.getLocalAddress()), SELF);
            assertTrue(line.matches(expected), line);
        }
    }

    /** When a process started is known to the clock tick, and when the kernel booted as well: 10 ms each. */
    @Test
    void tellsWhenTheProcessStarted() throws Exception {
        start("", "--output=json");
        for (int port = 10_000; port < 10_010; port++) {
            Instant before = Instant.now();
            try (Child sender = Child.start("bash", "-c", "echo >/dev/udp/127.0.0.1/" + port)) {
                Instant after = Instant.now();
                Map<String, String> flow = nextFlow();
                assertEquals(Integer.toString(sender.pid()), flow.get("PID"));
                Instant started = instant(flow.get("PID_START"));
                assertTrue(started.isAfter(before.minusMillis(20)), started + " is too early for " + before);
                assertFalse(started.isAfter(after), started + " is too late for " + after);
                assertFalse(started.isAfter(instant(flow.get("FLOW_TIMESTAMP"))), flow::toString);
            }
        }
    }

    private static Instant instant(String micros) {
        return Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS);
    }

    @Test
    void printsWhatIsAskedFor() throws Exception {
        start(
                "",
                "--output=text",
                "-p",
                "^ipv6/udp$",
                "-f",
                "{ts} {ev.proto} {FLOW_DIRECTION} {ev.dport}",
                "-t",
                "day %j");
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("::1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                DatagramChannel socket = DatagramChannel.open()) {
            assertTrue(client.isConnected());
            send(socket, at("127.0.0.1", 9));
            send(socket, at("::1", 9));
            String line = service.output().next();
            assertTrue(line.matches("day \\d{3} ipv6/udp local 9"), line);
        }
    }

    // ---- mistakes

    @Test
    void refusesWhatItDoesNotUnderstand() throws Exception {
        Map<List<String>, String> mistakes = Map.of(
                List.of("-f", "{ev.colour}"), "--format: unknown placeholder {ev.colour}",
                List.of("-p", "("), "--protocol: Unclosed group",
                List.of("-t", "%A".repeat(1000)), "--format-ts: ",
                List.of("--output=xml"), "xml",
                List.of("--colour"), "--colour");
        Map<List<String>, Child> runs = new HashMap<>();
        try {
            for (List<String> arguments : mistakes.keySet()) {
                runs.put(arguments, Child.start(Map.of(), command("", arguments)));
            }
            for (Map.Entry<List<String>, String> mistake : mistakes.entrySet()) {
                Child run = runs.get(mistake.getKey());
                String said = String.join("\n", run.errors().all());
                assertTrue(said.contains(mistake.getValue()), said);
                assertEquals(2, run.await());
                assertEquals(List.of(), run.output().all());
            }
        } finally {
            runs.values().forEach(Child::close);
        }
    }

    @Test
    void refusesAWrongConfiguration() throws Exception {
        service = Child.start(Map.of(), command("[Capture]\n# A comment\nTracking=perhaps\n", List.of()));
        assertEquals(
                List.of(directory.resolve("test.conf") + ":3: [Capture] Tracking=perhaps: use auto or external"),
                service.errors().all());
        assertEquals(2, service.await());
    }

    // ---- the service manager

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tellsTheServiceManagerHowItIs(boolean isAbstract) throws Exception {
        String name = isAbstract
                ? "@conntrack-logger-test"
                : directory.resolve("notify").toString();
        start(name, Map.of("WATCHDOG_USEC", "1000000"), "", "--output=json");
        try (DatagramChannel socket = DatagramChannel.open()) {
            // Ready is ready: not even the first flow passes by unseen.
            send(socket, at("127.0.0.1", 9));
            assertEquals("9", nextFlow().get("FLOW_DPORT"));
        }
        manager.await("WATCHDOG=1", service);
        manager.await("WATCHDOG=1", service);
        service.terminate();
        manager.await("STOPPING=1", service);
        assertEquals(0, service.await());
    }

    @Test
    void doesNotStartWhereItCannotSayThatItIsReady() throws Exception {
        Path nobody = directory.resolve("nobody");
        service = Child.start(Map.of("NOTIFY_SOCKET", nobody.toString()), command("", List.of()));
        assertEquals(1, service.await());
        String said = String.join("\n", service.errors().all());
        assertTrue(said.contains("NOTIFY_SOCKET") && said.contains(nobody.toString()), said);
    }

    @Test
    void writesAllThatCameBeforeItWasTerminated() throws Exception {
        start("", "--output=json");
        List<Integer> ports = IntStream.range(10_000, 15_000).boxed().toList();
        // Held, so that all of them are still in the kernel when it is told to end.
        service.signal("STOP");
        flood(ports);
        service.terminate();
        service.signal("CONT");
        List<Integer> printed = service.output().all().stream()
                .map(ServiceFixture::fields)
                .filter(entry -> entry.containsKey("FLOW_EVENT"))
                .map(flow -> Integer.valueOf(flow.get("FLOW_DPORT")))
                .toList();
        assertEquals(ports, printed, () -> printed.size() + " of " + ports.size());
        assertEquals(0, service.await());
    }

    // ---- tracking

    @Test
    void warnsWhereConntrackSeesNothing() throws Exception {
        start("[Capture]\nTracking=external\n", "--output=text");
        service.errors().next(line -> line.startsWith("connection tracking sees nothing"));
        Child.nft(RULE);
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            service.errors().next(line -> line.startsWith("connection tracking sees flows again"));
        }
    }

    @Test
    void doesNotWarnWhereARuleTracks() throws Exception {
        Child.nft(RULE);
        start("[Capture]\nTracking=external\n", "--output=text");
        // Its own, which it makes to see whether conntrack sees anything.
        service.output().next();
        service.terminate();
        assertEquals(0, service.await());
        assertEquals(
                List.of(),
                service.errors().all().stream()
                        .filter(line -> !line.startsWith("owners of flows are noted in the kernel")
                                && !line.startsWith("destination names "))
                        .toList());
    }

    // ---- losses

    @Test
    void countsWhatTheQueueHasNoRoomFor() throws Exception {
        start("[Capture]\nQueue=1\n", "--output=json");
        int made = 3000;
        flood(IntStream.range(10_000, 10_000 + made).boxed().toList());
        // Nobody reads its output, so it cannot write on; but it reads all events.
        awaitEventsRead();
        service.terminate();
        int printed = 0;
        int lost = 0;
        for (String line : service.output().all()) {
            Map<String, String> entry = fields(line);
            printed += entry.containsKey("FLOW_EVENT") ? 1 : 0;
            lost += "queue".equals(entry.get("LOST_WHERE")) ? Integer.parseInt(entry.get("LOST_COUNT")) : 0;
        }
        assertTrue(printed > 0 && lost > 0, printed + " printed, " + lost + " lost");
        assertEquals(made, printed + lost);
        assertEquals(0, service.await());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void endsWhenNobodyReadsItsOutput(String output) throws Exception {
        start("", "--output=" + output);
        service.closeOutput();
        flood(List.of(10_000, 10_001, 10_002));
        assertEquals(0, service.await());
        assertFalse(service.errors().all().stream().anyMatch(line -> line.contains("standard output")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void failsWhereTheDiskIsFull(String output) throws Exception {
        startInShell("exec \"$@\" >/dev/full", "--output=" + output);
        flood(List.of(10_000));
        assertEquals(1, service.await());
        List<String> said = service.errors().all();
        assertEquals("cannot write to standard output: No space left on device (errno 28)", said.get(said.size() - 1));
    }

    // ---- what the kernel has no room for

    /** Number of entries of the smallest LRU map: each possible CPU may reserve 128. */
    private static int smallestMap() {
        return 128 * LibBpf.libbpf_num_possible_cpus();
    }

    @Test
    void countsOwnersOfFlowsThatTheKernelForgot() throws Exception {
        start("[Capture]\nKernelFlows=16\nAttribution=bpf\n", "--output=json");
        int made = 3000;
        service.signal("STOP");
        flood(IntStream.range(10_000, 10_000 + made).boxed().toList());
        service.signal("CONT");
        awaitEventsRead();
        service.terminate();
        int known = 0;
        int missing = 0;
        long counted = 0;
        for (String line : service.output().all()) {
            Map<String, String> entry = fields(line);
            if (entry.containsKey("FLOW_EVENT")) {
                known += SELF.equals(entry.get("PID")) ? 1 : 0;
                missing += "not-covered".equals(entry.get("PID_REASON")) ? 1 : 0;
            }
            counted += shortage(entry, "of flows");
        }
        assertEquals(made, known + missing, known + " known, " + missing + " missing");
        assertTrue(known <= smallestMap(), known + " known");
        // One flow may cover the trace of another.
        assertTrue(counted <= missing && counted > missing / 2, counted + " counted, " + missing + " missing");
        assertEquals(0, service.await());
    }

    @Test
    void countsCommandLinesThatTheKernelForgot() throws Exception {
        start("[Capture]\nKernelProcesses=16\n", "--output=json");
        service.signal("STOP");
        Map<String, Integer> pids = new HashMap<>();
        for (int port = 10_000; port < 10_100 + smallestMap(); port++) {
            try (Child sender = Child.start("bash", "-c", "echo >/dev/udp/127.0.0.1/" + port, "of-" + port)) {
                sender.await();
                pids.put(Integer.toString(port), sender.pid());
            }
        }
        service.signal("CONT");
        awaitEventsRead();
        service.terminate();
        int missing = 0;
        long counted = 0;
        for (String line : service.output().all()) {
            Map<String, String> entry = fields(line);
            Integer pid = pids.remove(entry.get("FLOW_DPORT"));
            if (pid != null) {
                assertEquals(Integer.toString(pid), entry.get("PID"));
                String commandLine = entry.get("PID_CMDLINE");
                missing += commandLine == null ? 1 : 0;
                assertTrue(commandLine == null || commandLine.endsWith(" of-" + entry.get("FLOW_DPORT")), line);
            }
            counted += shortage(entry, "of processes");
        }
        assertEquals(Map.of(), pids, "each flow is there, with its process");
        assertTrue(missing > 0, "the map has room for all");
        assertEquals(missing, counted);
        assertEquals(0, service.await());
    }

    /** As many as a process may have, of several; there is room for 65,536. */
    @Test
    void saysThatNotAllSocketsWereLookedAt() throws Exception {
        Child.nft(RULE);
        int each = 17_000;
        String hold = "ulimit -n $(ulimit -Hn); exec 3<>/dev/udp/127.0.0.1/9; echo >&3;"
                + " for ((i = 10; i < 10 + %d; i++)); do eval \"exec $i>&3\"; done; echo; read".formatted(each);
        List<Child> holders = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                holders.add(Child.start("bash", "-c", hold));
            }
            for (Child holder : holders) {
                holder.output().next();
            }
            start("", "--output=json");
            Map<String, String> warning =
                    fields(service.output().next(line -> line.contains("5902c7c08374476bac57cc70a9e24f7b")));
            Matcher count = Pattern.compile(" were open, (\\d+) were more").matcher(warning.get("MESSAGE"));
            assertTrue(count.find(), warning::toString);
            assertTrue(Long.parseLong(count.group(1)) >= 4 * each - 65_536, warning::toString);
            assertEquals("4", warning.get("PRIORITY"));
        } finally {
            holders.forEach(Child::close);
        }
    }

    /** How many records of that kind a warning says are missing, 0 where it is none. */
    private static long shortage(Map<String, String> entry, String kind) {
        Matcher count = Pattern.compile("at least (\\d+) " + kind).matcher(entry.getOrDefault("MESSAGE", ""));
        boolean warns =
                "a94e6d07f2c8463bb1d05c7e38f6a219".equals(entry.get("MESSAGE_ID")) && "4".equals(entry.get("PRIORITY"));
        return warns && count.find() ? Long.parseLong(count.group(1)) : 0;
    }

    // ----

    /** Waits until no netlink socket of this network has anything to read. */
    private static void awaitEventsRead() throws Exception {
        await(() -> netlinkSockets().allMatch(columns -> columns[4].equals("0")));
    }
}
