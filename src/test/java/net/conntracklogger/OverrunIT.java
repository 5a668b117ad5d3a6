// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flows whose NEW events the kernel drops, because they begin faster than the service reads its buffer of 64 KiB. */
class OverrunIT extends ServiceFixture {
    private static final String TINY_BUFFER = "[Capture]\nReceiveBuffer=64K\n[Log]\nCommandLine=no\n";
    private static final String TRACKING = "table inet own { chain unhooked { ct state new; }; }";
    private static final int FLOWS = 3000;
    private static final int FIRST_PORT = 10_000;

    /** No flow times out before it is found. */
    @BeforeEach
    void keepFlows() throws Exception {
        Files.writeString(Path.of("/proc/sys/net/netfilter/nf_conntrack_udp_timeout"), "3600");
    }

    private static List<Integer> ports(int from, int to) {
        return IntStream.range(FIRST_PORT + from, FIRST_PORT + to).boxed().toList();
    }

    /** Waits until as many flows are logged, and returns how often each port is, by event. */
    private Map<String, Map<Integer, Long>> logged(int flows) throws InterruptedException {
        Map<String, Map<Integer, Long>> logged = new HashMap<>();
        for (int i = 0; i < flows; i++) {
            Map<String, String> flow = nextFlow();
            logged.computeIfAbsent(flow.get("FLOW_EVENT"), event -> new HashMap<>())
                    .merge(Integer.valueOf(flow.get("FLOW_DPORT")), 1L, Long::sum);
        }
        return logged;
    }

    private static void assertEachOnce(List<Integer> ports, Map<String, Map<Integer, Long>> logged) {
        Map<Integer, Long> all = logged.values().stream()
                .flatMap(counts -> counts.entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Long::sum));
        assertEquals(ports.stream().collect(Collectors.toMap(Function.identity(), port -> 1L)), all);
    }

    /** Waits for the end of the service, and returns the sum of its loss records. */
    private long lost() throws InterruptedException {
        List<Map<String, String>> records = Stream.of(service.output().all())
                .flatMap(List::stream)
                .map(ServiceFixture::fields)
                .filter(entry -> entry.containsKey("LOST_COUNT"))
                .toList();
        assertTrue(records.stream().allMatch(entry -> "kernel".equals(entry.get("LOST_WHERE"))), () -> "of " + records);
        return records.stream()
                .mapToLong(entry -> Long.parseLong(entry.get("LOST_COUNT")))
                .sum();
    }

    @Test
    void isCountedAndItsFlowsAreFoundInTheTable() throws Exception {
        start(TINY_BUFFER, "--output=json");
        flood(ports(0, FLOWS));
        Map<String, Map<Integer, Long>> logged = logged(FLOWS);
        assertEachOnce(ports(0, FLOWS), logged);
        service.terminate();
        assertEquals(lost(), logged.get("existing").size(), "each event that was dropped is a flow that was found");
    }

    /** The process has ended when the table is read: only its records show it. */
    @Test
    void findsTheOwnersInTheRecords() throws Exception {
        start(TINY_BUFFER, "--output=json");
        Child.run(
                "python3",
                "-c",
                "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM);\n"
                        + "for port in range(int(sys.argv[1]), int(sys.argv[2])): s.sendto(b'x', ('127.0.0.1', port))",
                "" + FIRST_PORT,
                "" + (FIRST_PORT + FLOWS));
        Map<String, Long> owners = new HashMap<>();
        for (int i = 0; i < FLOWS; i++) {
            Map<String, String> flow = nextFlow();
            owners.merge(
                    "%s %s by %s".formatted(flow.get("FLOW_EVENT"), flow.get("PID_COMM"), flow.get("PID_SOURCE")),
                    1L,
                    Long::sum);
        }
        assertEquals(Set.of("new python3 by bpf", "existing python3 by bpf"), owners.keySet(), () -> "of " + owners);
    }

    /** The first pass through the table has begun, but not ended. */
    @Test
    void doublesNoFlowThatExistedBefore() throws Exception {
        Child.nft(TRACKING);
        flood(ports(0, FLOWS));
        start(TINY_BUFFER, "--output=json");
        flood(ports(FLOWS, 2 * FLOWS));
        assertEachOnce(ports(0, 2 * FLOWS), logged(2 * FLOWS));
        service.terminate();
        assertTrue(lost() > 0, "no event was dropped");
    }

    @Test
    void leavesItsFlowsOutIfExistingFlowsAreNotLogged() throws Exception {
        Child.nft(TRACKING);
        flood(ports(0, 100));
        start(TINY_BUFFER + "Existing=no\n", "--output=json");
        flood(ports(100, FLOWS));
        service.output().next(line -> line.contains("\"LOST_COUNT\""));
        service.terminate();
        Map<String, Long> events = LoggedEntries.allFlows(service).stream()
                .collect(Collectors.groupingBy(flow -> flow.get("FLOW_EVENT"), Collectors.counting()));
        assertEquals(List.of("new"), List.copyOf(events.keySet()));
    }
}
