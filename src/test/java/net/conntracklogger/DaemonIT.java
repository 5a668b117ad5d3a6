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
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.linux.bpf.LibBpf;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process: options, output, signals and messages to systemd. */
class DaemonIT extends ServiceFixture {
    private static final String RULE = """
            table inet own {
                chain input {
                    type filter hook input priority 0
                    ct state new
                }
            }
            """;

    @Nested
    class Output {
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

        /** The start time of a process and the time of boot are each known to the clock tick of 10 ms. */
        @Test
        void printsWhenTheProcessStarted() throws Exception {
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

        @Test
        void printsTheFieldsAndProtocolsOfItsOptions() throws Exception {
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
    }

    @Nested
    class WrongUsage {
        @Test
        void refusesWrongOptions() throws Exception {
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
    }

    @Nested
    class TheServiceManager {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void reportsReadinessProgressAndStop(boolean isAbstract) throws Exception {
            String name = isAbstract
                    ? "@conntrack-logger-test"
                    : directory.resolve("notify").toString();
            start(name, Map.of("WATCHDOG_USEC", "1000000"), "", "--output=json");
            try (DatagramChannel socket = DatagramChannel.open()) {
                // Not even the first flow after the message is missed.
                send(socket, at("127.0.0.1", 9));
                assertEquals("9", nextFlow().get("FLOW_DPORT"));
            }
            manager.await("WATCHDOG=1", service);
            manager.await("WATCHDOG=1", service);
            service.terminate();
            manager.await("STOPPING=1", service);
            assertEquals(0, service.await());
        }

        /** As if a library were missing, or of another architecture. */
        @Test
        void seesItEndWithTheReasonIfItsStartFailsWithAnError() throws Exception {
            List<String> command = command("", List.of("--output=json"));
            command.addAll(1, List.of("-Djna.nounpack=true", "-Djna.nosys=true", "-Djna.boot.library.path=/none"));
            service = Child.start(Map.of(), command);
            assertEquals(1, service.await());
            String said = String.join("\n", service.errors().all());
            assertTrue(said.contains("UnsatisfiedLinkError"), said);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 200, 400, 600, 800})
        void terminatesItAtAnyTimeOfItsStart(int milliseconds) throws Exception {
            service = Child.start(Map.of(), command("", List.of("--output=json")));
            Thread.sleep(milliseconds);
            service.terminate();
            int status = service.await();
            assertTrue(Set.of(0, 143).contains(status), "exit code " + status);
        }

        @Test
        void doesNotStartIfItCannotReportReadiness() throws Exception {
            Path nobody = directory.resolve("nobody");
            service = Child.start(Map.of("NOTIFY_SOCKET", nobody.toString()), command("", List.of()));
            assertEquals(1, service.await());
            String said = String.join("\n", service.errors().all());
            assertTrue(said.contains("NOTIFY_SOCKET") && said.contains(nobody.toString()), said);
        }

        @Test
        void writesAllFlowsThatBeganBeforeItWasTerminated() throws Exception {
            start("", "--output=json");
            List<Integer> ports = IntStream.range(10_000, 15_000).boxed().toList();
            // Stopped, so that all events are still in the kernel when SIGTERM comes.
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
    }

    @Nested
    class Tracking {
        @Test
        void warnsIfNoRuleTracks() throws Exception {
            start("[Capture]\nTracking=external\n", "--output=text");
            service.errors().next(line -> line.startsWith("connection tracking inactive, "));
            Child.nft(RULE);
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at("127.0.0.1", 9));
                service.errors().next(line -> line.startsWith("connection tracking active again; "));
            }
        }

        @Test
        void doesNotWarnIfARuleTracks() throws Exception {
            Child.nft(RULE);
            start("[Capture]\nTracking=external\n", "--output=json");
            nextFlow(); // The probe of the service itself.
            service.terminate();
            assertEquals(0, service.await());
            assertEquals(List.of(), service.errors().all());
            Set<String> notices = new TreeSet<>();
            for (String line : service.output().all()) {
                Map<String, String> entry = fields(line);
                if (!entry.containsKey("FLOW_EVENT")) {
                    notices.add(entry.get("MESSAGE_ID"));
                }
            }
            assertEquals(
                    Set.of(
                            MessageId.LOG_COMPLETE.text(),
                            MessageId.KERNEL_ATTRIBUTION.text(),
                            MessageId.CONNTRACK_SYSCTLS_SET.text(),
                            MessageId.STATISTICS.text()),
                    notices);
        }
    }

    @Nested
    class Losses {
        @Test
        void countsFlowsThatDoNotFitTheQueue() throws Exception {
            start("[Capture]\nQueue=1\n", "--output=json");
            int made = 3000;
            flood(IntStream.range(10_000, 10_000 + made).boxed().toList());
            // Nothing reads its output, so it blocks on that; but it reads all events.
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
        void endsWithoutAnErrorIfItsOutputIsClosed(String output) throws Exception {
            start("", "--output=" + output);
            service.closeOutput();
            flood(List.of(10_000, 10_001, 10_002));
            assertEquals(0, service.await());
            assertFalse(service.errors().all().stream().anyMatch(line -> line.contains("standard output")));
        }

        @ParameterizedTest
        @ValueSource(strings = {"text", "json"})
        void failsIfTheDiskIsFull(String output) throws Exception {
            startInShell("exec \"$@\" >/dev/full", "--output=" + output);
            flood(List.of(10_000));
            assertEquals(1, service.await());
            List<String> said = service.errors().all();
            assertEquals(
                    "cannot write to standard output: No space left on device (errno 28)", said.get(said.size() - 1));
        }
    }

    @Nested
    class BpfMaps {
        /** Returns the number of entries of the smallest LRU map: each possible CPU may reserve 128. */
        private static int smallestMap() {
            return 128 * LibBpf.libbpf_num_possible_cpus();
        }

        @Test
        void countsEvictedFlowRecords() throws Exception {
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
                counted += shortage(entry, "flow");
            }
            assertEquals(made, known + missing, known + " known, " + missing + " missing");
            assertTrue(known <= smallestMap(), known + " known");
            // The eviction mark of one flow may replace that of another.
            assertTrue(counted <= missing && counted > missing / 2, counted + " counted, " + missing + " missing");
            assertEquals(0, service.await());
        }

        @Test
        void countsEvictedProcessRecords() throws Exception {
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
                counted += shortage(entry, "process");
            }
            assertEquals(Map.of(), pids, "each flow is attributed");
            assertTrue(missing > 0, "the map holds all");
            assertEquals(missing, counted);
            assertEquals(0, service.await());
        }

        /** Several processes hold as many descriptors as each may; 65,536 are examined. */
        @Test
        void warnsIfNotAllSocketDescriptorsAreExamined() throws Exception {
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
                        fields(service.output().next(line -> line.contains(MessageId.SOCKETS_LEFT_OUT.text())));
                Matcher count = Pattern.compile(" (\\d+) of \\d+ socket descriptors not examined")
                        .matcher(warning.get("MESSAGE"));
                assertTrue(count.find(), warning::toString);
                assertTrue(Long.parseLong(count.group(1)) >= 4 * each - 65_536, warning::toString);
                assertEquals("4", warning.get("PRIORITY"));
            } finally {
                holders.forEach(Child::close);
            }
        }
    }

    private static Instant instant(String micros) {
        return Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS);
    }

    /** Returns how many records of that kind a warning says are missing; 0 if the entry is no such warning. */
    private static long shortage(Map<String, String> entry, String kind) {
        Matcher count = Pattern.compile("^BPF maps too small: at least .*?(\\d+) " + kind + "\\b")
                .matcher(entry.getOrDefault("MESSAGE", ""));
        boolean warns = MessageId.KERNEL_RECORDS_SHORT.text().equals(entry.get("MESSAGE_ID"))
                && "4".equals(entry.get("PRIORITY"));
        return warns && count.find() ? Long.parseLong(count.group(1)) : 0;
    }

    /** Waits until no netlink socket of this network holds anything to read. */
    private static void awaitEventsRead() throws Exception {
        Wait.until("all events are read", () -> netlinkSockets().allMatch(columns -> columns[4].equals("0")));
    }
}
