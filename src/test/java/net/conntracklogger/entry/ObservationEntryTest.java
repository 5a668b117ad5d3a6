// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Obstacle;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Scrutiny;
import net.conntracklogger.flow.Statistics;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObservationEntryTest {
    /** {@code journalctl -o json} prints null for a field of 4,096 bytes or more, name included. */
    private static final int MAX_BYTES = 4000;

    @ParameterizedTest
    @CsvSource({
        "NEW, 4f6c1d2be7a34b7c9c1b5f0a7d3e8216",
        "END, bb545c9d62464bc5a5b0c1f59dfc0809",
        "EXISTING, e211350cabd3428bb800d598b5972655"
    })
    void beginsWithTheMessageOfAFlow(FlowEvent.Kind kind, String id) throws IOException {
        FlowEvent event = new FlowEvent(kind, 7, Flows.HTTP, Flows.HTTP.reversed(), 0, 0, false, 5, null, null);
        List<String> lines =
                RecordedEntry.of(Flows.of(event, Direction.OUTBOUND, owner())).lines();
        assertTrue(lines.get(0).startsWith("MESSAGE=tcp 192.168.0.12:34870 > 195.24.232.208:80 out"), lines.get(0));
        assertEquals(
                List.of("MESSAGE_ID=" + id, "PRIORITY=6", "SYSLOG_IDENTIFIER=conntrack-logger"), lines.subList(1, 4));
        assertTrue(lines.get(4).startsWith("FLOW_EVENT="), lines.get(4));
    }

    @ParameterizedTest
    @CsvSource({", e8334bf9ccd048e1b061b35bb755f940, 5, ''", "bad, c41d7ae06b8f4f0e9a52e3d1708fb6c9, 4, ', watch bad'"})
    void tellsARefusedAttemptFromAFlow(String watch, String id, int priority, String text) throws IOException {
        AttributedFlow flow = Flows.outbound();
        AttributedFlow refused = Flows.of(FlowEvent.refused(Flows.HTTP, 5), Direction.OUTBOUND, flow.owner())
                .withPassage(new Passage("eth0", false, Obstacle.NETFILTER))
                .withScrutiny(new Scrutiny(watch, false));
        List<String> lines = RecordedEntry.of(refused).lines();
        assertEquals(
                List.of(
                        "MESSAGE=tcp 192.168.0.12:34870 > 195.24.232.208:80 out, refused (netfilter),"
                                + " pid 28865 (curl) of cron.service" + text + ": curl -s http://example.org",
                        "MESSAGE_ID=" + id,
                        "PRIORITY=" + priority),
                lines.subList(0, 3));
        assertTrue(lines.containsAll(List.of("FLOW_EVENT=refused", "FLOW_REASON=netfilter")), lines::toString);
        assertTrue(lines.stream().noneMatch(line -> line.startsWith("FLOW_ID=")), lines::toString);
    }

    /** A connect(2) that fails before the kernel has chosen a source. The socket may have been bound to a part of it. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0, tcp > 203.0.113.7:443, ''",
        "0.0.0.0, 4000, tcp > 203.0.113.7:443, FLOW_SPORT=4000",
        "192.0.2.1, 0, tcp 192.0.2.1 > 203.0.113.7:443, FLOW_SRC=192.0.2.1"
    })
    void saysNothingOfASourceThatWasNeverChosen(String source, int port, String text, String known) throws IOException {
        FlowEvent event = FlowEvent.refused(Flows.tcp(source, port, "203.0.113.7", 443), 5);
        AttributedFlow refused = Flows.of(
                        event, Direction.OUTBOUND, Flows.outbound().owner())
                .withPassage(new Passage(null, false, Obstacle.NETWORK_UNREACHABLE));
        List<String> lines = RecordedEntry.of(refused).lines();
        assertEquals(
                "MESSAGE=" + text + " out, refused (network-unreachable), pid 28865 (curl) of cron.service: curl -s"
                        + " http://example.org",
                lines.get(0));
        assertEquals(
                known,
                String.join(
                        "",
                        lines.stream()
                                .filter(line -> line.matches("FLOW_(SRC|SPORT|COMMUNITY_ID)=.*"))
                                .toList()));
        assertTrue(lines.containsAll(List.of("FLOW_DST=203.0.113.7", "FLOW_DPORT=443")), lines::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "bad, false, c41d7ae06b8f4f0e9a52e3d1708fb6c9, ', watch bad'",
        "bad, true, c41d7ae06b8f4f0e9a52e3d1708fb6c9, ', watch bad, unexpected'",
        ", true, 8e25f9b3d0714c6ca1f7462b9de5083c, ', unexpected'"
    })
    void warnsOfAFlowThatNeedsAttention(String watch, boolean unexpected, String id, String text) throws IOException {
        AttributedFlow flow = Flows.outbound().withScrutiny(new Scrutiny(watch, unexpected));
        List<String> lines = RecordedEntry.of(flow).lines();
        assertEquals(
                "MESSAGE=tcp 192.168.0.12:34870 > 195.24.232.208:80 out, pid 28865 (curl) of cron.service" + text
                        + ": curl -s http://example.org",
                lines.get(0));
        assertEquals(List.of("MESSAGE_ID=" + id, "PRIORITY=4"), lines.subList(1, 3));
        assertEquals(watch != null, lines.contains("FLOW_WATCH=" + watch));
        assertEquals(unexpected, lines.contains("FLOW_UNEXPECTED=yes"));
    }

    @ParameterizedTest
    @CsvSource({
        "KERNEL,1,1 record lost: the kernel's receive buffer was full,kernel",
        "QUEUE,2,2 records lost: the queue was full,queue",
        "JOURNAL,19834,19834 records lost: the journal did not take them,journal",
        "DECODE,3,3 records lost: the kernel's message could not be decoded,decode",
        "TABLE,2,2 records lost: the conntrack table was full,table",
        "OWNER,4,4 records lost: owners of flows were evicted from the BPF map,owner"
    })
    void reportsALoss(Loss.Place place, long count, String message, String where) throws IOException {
        assertEquals(
                List.of(
                        "MESSAGE=" + message,
                        "MESSAGE_ID=b0a9c64d1f5e4a0e8d27c3b96e41f7a5",
                        "PRIORITY=4",
                        "SYSLOG_IDENTIFIER=conntrack-logger",
                        "LOST_COUNT=" + count,
                        "LOST_WHERE=" + where,
                        "LOST_SINCE=5",
                        "LOST_UNTIL=9"),
                RecordedEntry.of(new Loss(place, count, 5, 9)).lines());
    }

    @ParameterizedTest
    @CsvSource({
        "DOWN,records lost: the service did not run for 61.2 s,down",
        "OFF,records lost: conntrack sent no events for 61.2 s,off",
        "OWNER,'records lost: BPF maps of another size, layout or namespace had the owners of flows for 61.2 s',owner"
    })
    void reportsALossThatNobodyCounted(Loss.Place place, String message, String where) throws IOException {
        assertEquals(
                List.of(
                        "MESSAGE=" + message,
                        "MESSAGE_ID=b0a9c64d1f5e4a0e8d27c3b96e41f7a5",
                        "PRIORITY=4",
                        "SYSLOG_IDENTIFIER=conntrack-logger",
                        "LOST_WHERE=" + where,
                        "LOST_SINCE=1000000",
                        "LOST_UNTIL=62200000"),
                RecordedEntry.of(new Loss(place, Loss.UNKNOWN, 1_000_000, 62_200_000))
                        .lines());
    }

    @Test
    void reportsAPacketSocket() throws IOException {
        assertEquals(
                List.of(
                        "MESSAGE=packet socket opened, no process (process-gone); conntrack does not see what it sends;"
                                + " if you do not know the program, look into it",
                        "MESSAGE_ID=b6f9308587114926bf87335e71e56069",
                        "PRIORITY=5",
                        "SYSLOG_IDENTIFIER=conntrack-logger",
                        "PID_REASON=process-gone"),
                RecordedEntry.of(new PacketSocket(Owner.unknown(Unattributed.PROCESS_GONE)))
                        .lines());
    }

    @Nested
    class ASummary {
        private final AttributedFlow flow = Flows.outbound();

        private static List<String> fields(FlowSummary summary) throws IOException {
            List<String> lines = RecordedEntry.of(summary).lines();
            return lines.subList(4, lines.size());
        }

        @Test
        void hasTheFieldsThatItsFlowsShare() throws IOException {
            AttributedFlow other = new AttributedFlow(
                    Flows.event(Flows.tcp("192.168.0.12", 34871, "195.24.232.208", 80)),
                    Direction.OUTBOUND,
                    Owner.of(
                            OwnerSource.BPF,
                            Flows.process("wget", "wget x"),
                            flow.owner().cgroup()),
                    null);
            FlowSummary summary = new FlowSummary(
                    CommonValues.of(flow).and(other),
                    12,
                    3,
                    Flows.BEGAN,
                    Flows.BEGAN + 5,
                    FlowEnd.NO_BYTES.plus(new FlowEnd(1, 10, 2, 30, 4)),
                    1,
                    2);
            assertEquals(
                    List.of(
                            "MESSAGE=tcp 192.168.0.12 > 195.24.232.208:80 out, 12 flows since 2026-11-23T16:39:14Z,"
                                    + " orig 10 B, reply 30 B, no process (several) of cron.service",
                            "MESSAGE_ID=0f3f7d9ce1b24c4f8b5a6de2917c40b8",
                            "PRIORITY=6",
                            "SYSLOG_IDENTIFIER=conntrack-logger",
                            "FLOW_EVENT=summary",
                            "FLOW_FAMILY=ipv4",
                            "FLOW_PROTO=tcp",
                            "FLOW_SRC=192.168.0.12",
                            "FLOW_DST=195.24.232.208",
                            "FLOW_DPORT=80",
                            "FLOW_DIRECTION=outbound",
                            "FLOW_COUNT=12",
                            "FLOW_END_COUNT=3",
                            "FLOW_FIRST=1795451954640000",
                            "FLOW_LAST=1795451954640005",
                            "FLOW_TIMESTAMP=1795451954640000",
                            "FLOW_DST_COUNT=1",
                            "FLOW_DPORT_COUNT=2",
                            "FLOW_ORIG_BYTES=10",
                            "FLOW_ORIG_PACKETS=2",
                            "FLOW_REPLY_BYTES=30",
                            "FLOW_REPLY_PACKETS=4",
                            "PID_EXE=/usr/bin/curl",
                            "PID_UID=1000",
                            "PID_CGROUP=/system.slice/cron.service",
                            "PID_SERVICE=cron.service",
                            "PID_UNIT=cron.service",
                            "PID_SLICE=system.slice",
                            "PID_REASON=several"),
                    RecordedEntry.of(summary).lines());
        }

        @Test
        void hasTheProcessIfItIsThatOfAllItsFlows() throws IOException {
            FlowSummary summary = new FlowSummary(
                    CommonValues.of(flow).and(flow),
                    2,
                    0,
                    0,
                    0,
                    FlowEnd.NONE,
                    FlowSummary.UNCOUNTED,
                    FlowSummary.UNCOUNTED);
            assertTrue(fields(summary).contains("PID=28865"));
            assertEquals(
                    "MESSAGE=tcp 192.168.0.12 > 195.24.232.208:80 out, 2 flows, pid 28865 (curl) of cron.service: curl -s"
                            + " http://example.org",
                    RecordedEntry.of(summary).lines().get(0));
        }

        @Test
        void hasOnlyNumbersIfNothingElseIsKnown() throws IOException {
            FlowSummary summary = new FlowSummary(
                    CommonValues.NONE,
                    1,
                    0,
                    Flows.BEGAN,
                    0,
                    FlowEnd.NONE,
                    FlowSummary.UNCOUNTED,
                    FlowSummary.UNCOUNTED);
            assertEquals(
                    "MESSAGE=* * > *, 1 flow since 2026-11-23T16:39:14Z, no process (several)",
                    RecordedEntry.of(summary).lines().get(0));
            assertEquals(
                    List.of(
                            "FLOW_EVENT=summary",
                            "FLOW_COUNT=1",
                            "FLOW_FIRST=1795451954640000",
                            "FLOW_TIMESTAMP=1795451954640000",
                            "PID_REASON=several"),
                    fields(summary));
        }
    }

    @Test
    void reportsStatistics() throws IOException {
        Statistics statistics = new Statistics(
                7,
                100,
                4,
                6,
                95,
                90,
                Map.of(OwnerSource.BPF, 80L, OwnerSource.SOCK_DIAG, 3L, OwnerSource.LISTENER, 2L, OwnerSource.PROC, 1L),
                10,
                Map.of(Loss.Place.QUEUE, 1L, Loss.Place.OWNER, 2L),
                33);
        List<String> lines = RecordedEntry.of(statistics).lines();
        assertEquals(
                List.of(
                        "MESSAGE=statistics: 100 events received, 4 excluded, 6 aggregated, 95 entries written, 3 records lost;"
                                + " 86 flows attributed, 10 not",
                        "MESSAGE_ID=d4620e8bf1a94737ac5e0b93d718f62c",
                        "PRIORITY=6",
                        "SYSLOG_IDENTIFIER=conntrack-logger"),
                lines.subList(0, 4));
        assertEquals(
                Set.of(
                        "STAT_SINCE=7",
                        "STAT_RECEIVED=100",
                        "STAT_EXCLUDED=4",
                        "STAT_AGGREGATED=6",
                        "STAT_LOGGED=95",
                        "STAT_FLOWS=90",
                        "STAT_BY_BPF=80",
                        "STAT_BY_SOCK_DIAG=3",
                        "STAT_BY_LISTENER=2",
                        "STAT_BY_PROC=1",
                        "STAT_UNATTRIBUTED=10",
                        "STAT_LOST_KERNEL=0",
                        "STAT_LOST_QUEUE=1",
                        "STAT_LOST_JOURNAL=0",
                        "STAT_LOST_DECODE=0",
                        "STAT_LOST_TABLE=0",
                        "STAT_LOST_OWNER=2",
                        "STAT_QUEUE_MOST=33"),
                Set.copyOf(lines.subList(4, lines.size())));
    }

    @ParameterizedTest
    @CsvSource({
        "LOG_COMPLETE,6ef51416fa0d48198f1720cec02f325c,5",
        "LOG_CONTINUED,a1f3c96e07d84b25b6e94d70c8152f3a,5",
        "WATCH_LIST_READ,3b96e1c2f84d4a70b5d80e7f29c6a413,5",
        "WATCH_LIST_FAILED,f02a8d5c7e914b3d86c1b4e93a70d52f,4",
        "TRACKING_ENABLED,7d20b8f3a96c4e51b4c8e02f5d17a6c9,5",
        "TRACKING_INACTIVE,e3c571a84b0d4f2c96a7d8f1025b3ce4,4",
        "TRACKING_ACTIVE,19e4d7c02a6f4b38a5d3c1f7860b92de,5",
        "CONNTRACK_SYSCTLS_SET,e1feb4720d954553a59ea2d31bcc9c91,5",
        "CONNTRACK_SYSCTLS_REFUSED,1f9a0511601042309b940c4bdcb85c7e,4",
        "KERNEL_ATTRIBUTION,5a0de1c8b7734f6d92e86b1f4c3a7d50,5",
        "KERNEL_ATTRIBUTION_REDUCED,c61f9b27e05d4d8ea43b7c82d9f016e4,4",
        "KERNEL_RECORDS_SHORT,a94e6d07f2c8463bb1d05c7e38f6a219,4",
        "SOCKETS_LEFT_OUT,5902c7c08374476bac57cc70a9e24f7b,4",
        "NAMES_UNKNOWN,8b47d3f1c20e4a96b5f7094e1d6ca83b,5",
        "NAMES_INCOMPLETE,d05c7e92a1b34f68907be2f6438d1c5a,4",
        "IDENTITY_REDUCED,c25dfda43de940cca4db1b7db367ae4c,4",
        "IDENTITY_COMPLETE,c8d1e94209c5497fa0ea8e5896103e5d,5",
        "WORK_FAILED,6e0c2f4b9d3a4c51a7f2850e1b96d347,4",
        "RULE_USERS_UNKNOWN,a4d0c7e95b3f4f18b6e27d90c15f8a34,4",
        "CONFIGURATION_RELOADED,46a3a1c7b8d14e7e9f52d08c61b7e3f4,5",
        "CONFIGURATION_REFUSED,9d71f25e0c4b4b86a3e8571fd2609ac7,4",
        "CONNTRACK_SYSCTLS_OFF,b32e9c57d4f14c0a8e61a5f07d93b1c8,4",
        "CONNTRACK_SYSCTLS_ON,5f0d83a6e27b4191bc48d2e7f6a1905d,5",
        "TABLE_FULL,e80b5d1f3c6a4d72a9f4c71b2e5d8036,4",
        "TABLE_NOT_FULL,27c4f9e1b8d54a6c90e3d75a1f6b2c48,5",
        "TRACKING_REMOVED,6e1d94b0f3a74c58a2c7e05b8d4f1936,4",
        "METRICS_FAILED,f37a0c92d5e84b16b90d4e6c812fa5d7,4",
        "METRICS_WRITTEN,0b8e4d71a6f34c25831f9c7de5b02a64,5",
        "ENTRIES_DROPPED,522d64658aad4b4c9092614b70d8c41d,4",
        "ENTRIES_STORED,356aef4a7ae74c77ad8b309b60b08dfa,5",
        "OWNERS_MISSING,de68e8f250834293a467bb36438315f4,4",
        "OWNERS_FOUND,4f03b0a5ea1949be918aae05999e126a,5",
        "FLOOD_BEGAN,8c5ae0b4d2764f1c9f7be3610d48a529,4",
        "FLOOD_ENDED,d71f60c93e5844bb8a92c6e70f1b35ad,4"
    })
    void reportsANotice(Notice.Kind kind, String id, int priority) throws IOException {
        assertEquals(
                List.of(
                        "MESSAGE=state; effect \\x2d",
                        "MESSAGE_ID=" + id,
                        "PRIORITY=" + priority,
                        "SYSLOG_IDENTIFIER=conntrack-logger"),
                RecordedEntry.of(new Notice(kind, "state; effect \\x2d")).lines());
    }

    @Test
    void beginsEachEntryAnew() throws IOException {
        RecordedEntry entry = new RecordedEntry();
        ObservationEntry entries = new ObservationEntry(entry);
        entries.write(Flows.outbound());
        List<String> first = entry.lines();
        entries.write(new Notice(Notice.Kind.TRACKING_ACTIVE, "between"));
        entries.write(Flows.outbound());
        assertEquals(first, entry.lines());
    }

    /** Names of processes, users, hosts and containers are random here. */
    @Test
    void hasOnlyPrintableValues() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            for (byte[] value : RecordedEntry.of(hostileFlow(random)).values()) {
                assertReadable(value);
            }
        }
        Notice notice = new Notice(Notice.Kind.KERNEL_ATTRIBUTION_REDUCED, "0: R1=ctx() R10=fp0\n".repeat(5000));
        RecordedEntry.of(notice).values().forEach(ObservationEntryTest::assertReadable);
    }

    private static void assertReadable(byte[] value) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("a value is not UTF-8", e);
        }
        assertTrue(value.length > 0 && value.length <= MAX_BYTES, () -> value.length + " bytes: " + text);
        assertTrue(text.chars().noneMatch(c -> c < 0x20 || c >= 0x7f && c <= 0x9f), text);
        assertTrue(text.chars().noneMatch(c -> Character.getType(c) == Character.FORMAT), text);
    }

    private static AttributedFlow hostileFlow(Random random) {
        List<DestinationName> names = Stream.generate(() -> new DestinationName(RawText.of(string(random)), 0))
                .limit(AttributedFlow.MOST_NAMES)
                .toList();
        FlowEvent event = event(Flows.HTTP).in(new NetworkNamespace(0, string(random), 1));
        return new AttributedFlow(event, Direction.LOCAL, hostile(random), hostile(random), names, Passage.UNKNOWN);
    }

    private static Owner hostile(Random random) {
        StringBuilder ancestors = new StringBuilder();
        ProcessInfo.appendLink(ancestors, bytes(random, 15), 1);
        ProcessInfo process = new ProcessInfo(
                7,
                5,
                0,
                0,
                0,
                bytes(random, 15),
                bytes(random, 4096),
                Flows.commandLine(("x\0" + string(random)).getBytes(StandardCharsets.UTF_8)),
                1,
                0,
                ancestors.toString());
        String user = string(random);
        Identity identity = new Identity("9eb8f6637dc94d508934de53c7705ccd", () -> user, () -> null);
        return Owner.of(OwnerSource.BPF, process, UnitPath.parse("/lxc.payload." + string(random)), identity);
    }

    private static RawText bytes(Random random, int most) {
        byte[] bytes = new byte[1 + random.nextInt(most)];
        random.nextBytes(bytes);
        return RawText.copyOf(bytes, 0, bytes.length);
    }

    /** Returns random characters, up to several times as many as a value may have. */
    private static String string(Random random) {
        int limit = new int[] {0x80, 0x100, 0x3000, Character.MAX_CODE_POINT + 1}[random.nextInt(4)];
        return random.ints(1 + random.nextInt(1 << random.nextInt(15)), 0, limit)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static Owner owner() {
        return Flows.outbound().owner();
    }
}
