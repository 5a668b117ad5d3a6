// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.output.JsonLines;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All stages in this process, with checks for unseen ends far more often than in the service. */
class PipelineIT extends ServiceFixture {
    private static final long CHECK_INTERVAL_NANOS = 50_000_000;
    private static final String RULE = "table inet own { chain unhooked { ct state new; }; }";

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Handover handover;
    private Pipeline pipeline;

    @AfterEach
    void closePipeline() throws Exception {
        if (pipeline != null) {
            pipeline.close();
            handover.close();
            pipeline = null;
        }
    }

    private void open(String configuration) throws Exception {
        Path file = Files.writeString(directory.resolve("test.conf"), configuration);
        handover = Handover.take(Map.of(), line -> {});
        pipeline = Pipeline.open(
                ConfigurationReader.read(file),
                SystemRoots.ofHost(),
                handover,
                new JsonLines(new PrintStream(output, false, StandardCharsets.UTF_8)),
                System.err,
                CHECK_INTERVAL_NANOS,
                failure::set);
    }

    private Stream<String> lines() {
        assertNull(failure.get());
        return output.toString(StandardCharsets.UTF_8).lines();
    }

    private List<Map<String, String>> entries() {
        return lines().map(ServiceFixture::fields).toList();
    }

    private List<Map<String, String>> flows(String event) {
        return entries().stream()
                .filter(entry -> event.equals(entry.get("FLOW_EVENT")))
                .toList();
    }

    private long count(String event) {
        String field = "\"FLOW_EVENT\":\"" + event + "\"";
        return lines().filter(line -> line.contains(field)).count();
    }

    private Map<String, String> end(String field, String value) throws Exception {
        Wait.until(
                "a flow with " + field + "=" + value + " has ended",
                () -> flows("end").stream().anyMatch(end -> value.equals(end.get(field))));
        return flows("end").stream()
                .filter(end -> value.equals(end.get(field)))
                .findFirst()
                .orElseThrow();
    }

    /** By default (nf_conntrack_events=2) the kernel sends no event of a flow that began while no listener existed. */
    @Test
    void logsEndsOfFlowsThatBeganWithoutAListener() throws Exception {
        Child.nft(RULE);
        sysctl("nf_conntrack_events", "0");
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel deleted = SocketChannel.open(server.getLocalAddress());
                SocketChannel kept = SocketChannel.open(server.getLocalAddress());
                DatagramChannel quiet = DatagramChannel.open()) {
            send(quiet, at("127.0.0.1", 9));
            String port = port(deleted.getLocalAddress());
            String last = port(kept.getLocalAddress());
            open("[Log]\nEvents=new end\nCommandLine=no\n");
            Wait.until("all flows are found", () -> count("existing") == 3);

            Child.run("conntrack", "-D", "-p", "tcp", "--sport", port);
            assertUnseen(end("FLOW_SPORT", port), SELF);

            sysctl("nf_conntrack_udp_timeout", "1");
            send(quiet, at("127.0.0.1", 9));
            assertUnseen(end("FLOW_DPORT", "9"), null);

            send(quiet, at("127.0.0.1", 10));
            Wait.until("the flow is logged", () -> count("new") == 1);
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "10");
            Map<String, String> reported = end("FLOW_DPORT", "10");
            // One byte and the headers.
            assertEquals("29", reported.get("FLOW_ORIG_BYTES"));
            assertTrue(reported.get("MESSAGE").contains(", ended after "), reported::toString);

            assertEquals(3, count("end"));
            Child.run("conntrack", "-D", "-p", "tcp", "--sport", last);
            assertUnseen(end("FLOW_SPORT", last), SELF);
            assertEquals(4, count("end"));
        }
    }

    private static void sysctl(String name, String value) throws IOException {
        Files.writeString(Path.of("/proc/sys/net/netfilter", name), value);
    }

    private static void assertUnseen(Map<String, String> end, String pid) {
        assertEquals(pid, end.get("PID"));
        assertTrue(end.get("MESSAGE").matches(".* local, ended \\(not seen\\), .*"), end::toString);
        assertFalse(end.containsKey("FLOW_ORIG_BYTES"), end::toString);
        assertFalse(end.containsKey("FLOW_REPLY_PACKETS"), end::toString);
        assertFalse(end.containsKey("FLOW_DURATION_USEC"), end::toString);
    }

    /** Flows that begin one by one and end faster than their events can be read. */
    @Test
    void logsEndsWhoseEventsTheKernelDropped() throws Exception {
        open("[Capture]\nReceiveBuffer=64K\n[Log]\nEvents=new end\nCommandLine=no\n");
        List<Integer> ports = IntStream.range(10_000, 15_000).boxed().toList();
        for (int i = 0; i < ports.size(); i += 50) {
            flood(ports.subList(i, i + 50));
            int begun = i + 50;
            Wait.until(begun + " flows are logged", () -> count("new") == begun);
        }
        assertEquals(0, lost());
        Child.run("conntrack", "-F");
        Wait.until("all ends are logged", () -> count("end") >= ports.size());
        closePipeline();
        List<Map<String, String>> ends = flows("end");
        assertEquals(
                ports,
                ends.stream()
                        .map(end -> Integer.valueOf(end.get("FLOW_DPORT")))
                        .sorted()
                        .toList());
        assertTrue(ends.stream().allMatch(end -> SELF.equals(end.get("PID"))));
        long unseen =
                ends.stream().filter(end -> !end.containsKey("FLOW_ORIG_BYTES")).count();
        assertTrue(unseen > 0, "no event was dropped");
        assertEquals(lost(), unseen);
    }

    private long lost() {
        return entries().stream()
                .filter(entry -> "kernel".equals(entry.get("LOST_WHERE")))
                .mapToLong(entry -> Long.parseLong(entry.get("LOST_COUNT")))
                .sum();
    }
}
