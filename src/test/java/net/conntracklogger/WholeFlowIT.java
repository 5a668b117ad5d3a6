// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.flow.Unattributed.BEGINNING_UNKNOWN;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Entries of a flow from its first packet to its end. */
class WholeFlowIT extends ServiceFixture {
    private static final String NEW_AND_END = "[Log]\nEvents=new end\n";
    private static final String END = "[Log]\nEvents=end\n";

    /** Linux before 6.14 does not report the time of an event. */
    private static final boolean EVENTS_HAVE_TIMES =
            Version.parse(System.getProperty("os.version").replaceFirst("[^0-9.].*", ""))
                            .compareTo(Version.parse("6.14"))
                    >= 0;

    @Nested
    class TheEnd {
        /** The fields of the new entry are repeated, also after the process has ended. */
        @Test
        void hasTheFieldsOfTheBeginning() throws Exception {
            start(NEW_AND_END, "--output=json");
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0))) {
                String line = "exec 3<>/dev/tcp/127.0.0.1/" + Endpoint.port(server) + "; : short";
                try (Child child = Child.start("bash", "-c", line)) {
                    assertEquals(0, child.await());
                    Map<String, String> beginning = LoggedEntries.next(service, "new");
                    Child.run("conntrack", "-D", "-p", "tcp");
                    Map<String, String> end = LoggedEntries.next(service, "end");
                    assertEquals(Integer.toString(child.pid()), end.get("PID"));
                    assertTrue(end.get("PID_CMDLINE").endsWith("; : short\\\""), end::toString);
                    String message = "tcp .* local, ended after 0\\.\\d{3} s, orig \\d+ B, reply \\d+ B, pid .*";
                    assertTrue(end.get("MESSAGE").matches(message), end::toString);
                    end.keySet().removeIf(field -> !beginning.containsKey(field));
                    beginning.keySet().removeAll(List.of("MESSAGE", "MESSAGE_ID", "FLOW_EVENT"));
                    end.keySet().removeAll(List.of("MESSAGE", "MESSAGE_ID", "FLOW_EVENT"));
                    assertEquals(beginning, end);
                }
            }
        }

        @Test
        void hasTheTimeBetweenFirstPacketAndEnd() throws Exception {
            start(NEW_AND_END, "--output=json");
            try (DatagramChannel socket = DatagramChannel.open()) {
                long beforeBeginning = System.nanoTime();
                send(socket, at("127.0.0.1", 9));
                long afterBeginning = System.nanoTime();
                Map<String, String> beginning = LoggedEntries.next(service, "new");
                Thread.sleep(1200); // The kernel's clock measures the life of the flow.
                long beforeEnd = System.nanoTime();
                Child.run("conntrack", "-D", "-p", "udp");
                long afterEnd = System.nanoTime();
                Map<String, String> end = LoggedEntries.next(service, "end");
                long micros = Long.parseLong(end.get("FLOW_DURATION_USEC"));
                assertTrue(micros >= (beforeEnd - afterBeginning) / 1000 - 1, () -> micros + " is too short");
                assertTrue(micros <= (afterEnd - beforeBeginning) / 1000 + 1, () -> micros + " is too long");
                assertEquals(beginning.get("FLOW_TIMESTAMP"), end.get("FLOW_TIMESTAMP"));
            }
        }

        @Test
        void hasNoProcessIfTheOwnerIsNoLongerKept() throws Exception {
            start(NEW_AND_END + "OpenFlows=1\n", "--output=json");
            flood(List.of(9, 10));
            LoggedEntries.next(service, "new");
            LoggedEntries.next(service, "new");
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "9");
            Map<String, String> end = LoggedEntries.next(service, "end");
            assertEquals("9", end.get("FLOW_DPORT"));
            assertEquals(BEGINNING_UNKNOWN.text(), end.get("PID_REASON"));
            assertNull(end.get("PID"));
            Child.run("conntrack", "-D", "-p", "udp", "--dport", "10");
            assertEquals(SELF, LoggedEntries.next(service, "end").get("PID"));
        }
    }

    @Test
    void hasTheTimeOfTheFirstPacketHoweverLateTheEventIsRead() throws Exception {
        assumeTrue(EVENTS_HAVE_TIMES, "Linux before 6.14 does not report the time of an event");
        start(NEW_AND_END, "--output=json");
        service.signal("STOP");
        Instant before = Instant.now().truncatedTo(ChronoUnit.MICROS);
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            Instant after = Instant.now();
            Thread.sleep(300); // The service reads the event so much later.
            service.signal("CONT");
            Map<String, String> flow = LoggedEntries.next(service, "new");
            Instant began = Instant.EPOCH.plus(Long.parseLong(flow.get("FLOW_TIMESTAMP")), ChronoUnit.MICROS);
            assertFalse(began.isBefore(before), began + " is before " + before);
            assertFalse(began.isAfter(after), began + " is after " + after);
        }
    }

    @Nested
    class IfOnlyEndsAreLogged {
        @Test
        void isLoggedOnceAtItsEndOrWhenTheServiceStops() throws Exception {
            start(END, "--output=json");
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at("127.0.0.1", 9));
                send(socket, at("127.0.0.1", 10));
                Wait.until(
                        "both flows are tracked",
                        () -> Child.run("conntrack", "-L").lines().count() >= 2);
                Child.run("conntrack", "-D", "-p", "udp", "--dport", "9");
                assertEquals("end 9 " + SELF, summary(nextFlow()));
                service.terminate();
                assertEquals("new 10 " + SELF, summary(nextFlow()));
                assertEquals(0, service.await());
                assertEquals(2, LoggedEntries.allFlows(service).size());
            }
        }

        private static String summary(Map<String, String> flow) {
            return "%s %s %s".formatted(flow.get("FLOW_EVENT"), flow.get("FLOW_DPORT"), flow.get("PID"));
        }

        @Test
        void isLoggedAsNewIfThereIsNoRoomToKeepItUntilItsEnd() throws Exception {
            start(END + "OpenFlows=2\n", "--output=json");
            List<Integer> ports = IntStream.range(10_000, 10_100).boxed().toList();
            flood(ports);
            service.terminate();
            List<Map<String, String>> flows = LoggedEntries.allFlows(service);
            assertEquals(
                    ports,
                    flows.stream()
                            .map(flow -> Integer.valueOf(flow.get("FLOW_DPORT")))
                            .toList());
            assertTrue(flows.stream()
                    .allMatch(flow -> flow.get("FLOW_EVENT").equals("new") && SELF.equals(flow.get("PID"))));
        }
    }

    @Nested
    class TheSysctls {
        private static final Path DIRECTORY = Path.of("/proc/sys/net/netfilter");
        private static final List<String> NAMES =
                List.of("nf_conntrack_acct", "nf_conntrack_events", "nf_conntrack_timestamp");

        private static List<String> values() throws IOException {
            List<String> values = new ArrayList<>();
            for (String name : NAMES) {
                values.add(Files.readString(DIRECTORY.resolve(name)).strip());
            }
            return values;
        }

        @Test
        void areSetUntilTheServiceStops() throws Exception {
            List<String> before = values();
            assertEquals(List.of("0", "2", "0"), before);
            start(NEW_AND_END, "--output=text");
            assertEquals(
                    "sysctls set until the service stops: net.netfilter.nf_conntrack_events=1"
                            + " (was 2), net.netfilter.nf_conntrack_acct=1 (was 0),"
                            + " net.netfilter.nf_conntrack_timestamp=1 (was 0)",
                    service.errors().next(line -> line.contains("nf_conntrack_acct")));
            assertEquals(List.of("1", "1", "1"), values());
            service.terminate();
            assertEquals(0, service.await());
            assertEquals(before, values());
        }

        @Test
        void recordTimesForExistingFlows() throws Exception {
            start("", "--output=text");
            assertEquals(List.of("0", "2", "1"), values());
        }

        @Test
        void areLeftAloneIfNeitherEndsNorExistingFlowsAreLogged() throws Exception {
            start("[Log]\nExisting=no\n", "--output=text");
            assertEquals(List.of("0", "2", "0"), values());
        }
    }
}
