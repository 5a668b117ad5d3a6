// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static net.conntracklogger.entry.Flows.ping;
import static net.conntracklogger.entry.Flows.tcp;
import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.output.JsonLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole entries, field by field, as {@code run --output=json} prints them. */
class ObservationEntryTest {
    private static final String FLOW = "\"MESSAGE_ID\":\"4f6c1d2be7a34b7c9c1b5f0a7d3e8216\",\"PRIORITY\":\"6\","
            + "\"SYSLOG_IDENTIFIER\":\"conntrack-logger\",\"FLOW_EVENT\":\"new\",\"FLOW_ID\":\"4294967295\","
            + "\"FLOW_TIMESTAMP\":\"1795451954640000\",";
    private static final String HTTP_TUPLE = "\"FLOW_FAMILY\":\"ipv4\",\"FLOW_PROTO\":\"tcp\","
            + "\"FLOW_SRC\":\"192.168.0.12\",\"FLOW_DST\":\"195.24.232.208\",\"FLOW_SPORT\":\"34870\","
            + "\"FLOW_DPORT\":\"80\",\"FLOW_COMMUNITY_ID\":\"1:9AZLWnnrt6dC+45Wjlr9JezCz6w=\",";
    private static final Owner UNKNOWN = Owner.unknown(Unattributed.PROCESS_GONE);
    private static final String UNKNOWN_FIELDS = "\"PID_REASON\":\"process-gone\"}";

    @Test
    void saysAllOfAnOutboundFlow() throws IOException {
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, pid 28865 (curl) of cron.service:"
                        + " curl -s http://example.org\"," + FLOW + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound",\
                        "PID":"28865","PID_START":"1795451953640000","PID_UID":"1000","PID_GID":"100",\
                        "PID_LOGINUID":"1001","PID_COMM":"curl","PID_EXE":"/usr/bin/curl",\
                        "PID_CMDLINE":"curl -s http://example.org","PID_PPID":"28860",\
                        "PID_CGROUP":"/system.slice/cron.service","PID_SERVICE":"cron.service",\
                        "PID_UNIT":"cron.service","PID_SLICE":"system.slice","PID_SOURCE":"sock_diag"}""",
                Flows.outbound());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0          | 1 | example.org, asked 0 s ago
                    -99999     | 1 | example.org, asked 0 s ago
                    3999999    | 1 | example.org, asked 3 s ago
                    3000000    | 2 | example.org or 1 other, asked 3 s ago
                    119000000  | 4 | example.org or 3 others, asked 119 s ago
                    120000000  | 1 | example.org, asked 2 min ago
                    7199000000 | 1 | example.org, asked 119 min ago
                    7200000000 | 1 | example.org, asked 2 h ago
                    """)
    void saysWhichNamesLedThere(long age, int count, String expected) throws IOException {
        List<DestinationName> names = Stream.of("example.org", "b.example", "c.example", "d.example")
                .limit(count)
                .map(name -> new DestinationName(RawText.of(name), BEGAN - age))
                .toList();
        String entry = entry(Flows.outbound(Unattributed.PROCESS_GONE).withNames(names));
        String message =
                "\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 (" + expected + ") out, process unknown";
        assertTrue(entry.contains(message), entry);
        String values = names.stream().map(it -> "\"" + it.text() + "\"").collect(Collectors.joining(","));
        String field = "\"FLOW_DNAME\":" + (count == 1 ? values : "[" + values + "]") + ",\"PID_REASON\"";
        assertTrue(entry.contains(field), entry);
    }

    /** Anybody can ask for a name of his own making. */
    @Test
    void escapesAHostileName() throws IOException {
        DestinationName name = new DestinationName(RawText.of("\u001b[2j\n"), BEGAN);
        String entry = entry(Flows.outbound().withNames(List.of(name)));
        assertTrue(entry.contains(":80 (\\\\x1b[2j\\\\x0a, asked 0 s ago) out"), entry);
    }

    @Test
    void saysWhoItIs() throws IOException {
        Identity identity = new Identity("9eb8f6637dc94d508934de53c7705ccd", () -> "anne", () -> "e3b0c442".repeat(8));
        Owner known = Flows.outbound().owner();
        Owner owner = Owner.of(OwnerSource.BPF, known.process(), null, identity);
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, pid 28865 (curl): curl -s"
                        + " http://example.org\"," + FLOW + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound",\
                        "PID":"28865","PID_START":"1795451953640000","PID_UID":"1000","PID_GID":"100",\
                        "PID_LOGINUID":"1001","PID_COMM":"curl","PID_EXE":"/usr/bin/curl",\
                        "PID_CMDLINE":"curl -s http://example.org","PID_PPID":"28860",\
                        "PID_INVOCATION_ID":"9eb8f6637dc94d508934de53c7705ccd","PID_USER":"anne",\
                        "PID_EXE_SHA256":"e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442",\
                        "PID_SOURCE":"bpf"}""",
                Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner));
    }

    @Test
    void saysNothingThatIsNotKnown() throws IOException {
        ProcessInfo process = new ProcessInfo(
                7, BEGAN, 0, 0, RawText.of(""), null, null, /* parent= */ 0, ProcessInfo.UNKNOWN_ID, null);
        FlowTuple tuple = tcp("2001:db8::9", 51000, "2001:db8::1", 22);
        assertEntry(
                "{\"MESSAGE\":\"tcp [2001:db8::9]:51000 > [2001:db8::1]:22 in, pid 7 ()\"," + FLOW + """
                        "FLOW_FAMILY":"ipv6","FLOW_PROTO":"tcp","FLOW_SRC":"2001:db8::9","FLOW_DST":"2001:db8::1",\
                        "FLOW_SPORT":"51000","FLOW_DPORT":"22","FLOW_COMMUNITY_ID":"1:RkiyV8xi3tsZDDkLDEOBBcbUClQ=",\
                        "FLOW_DIRECTION":"inbound",\
                        "PID":"7","PID_START":"1795451954640000","PID_UID":"0","PID_GID":"0","PID_SOURCE":"listener"}""",
                Flows.of(event(tuple), Direction.INBOUND, Owner.of(OwnerSource.LISTENER, process, null)));
    }

    @Test
    void saysBothSidesOfATranslation() throws IOException {
        FlowEvent event =
                event(tcp("10.0.0.5", 40007, "198.51.100.7", 80), tcp("198.51.100.7", 80, "203.0.113.9", 50000));
        assertEntry(
                "{\"MESSAGE\":\"tcp 10.0.0.5:40007 > 198.51.100.7:80 forwarded, process unknown (forwarded)\"," + FLOW
                        + """
                        "FLOW_FAMILY":"ipv4","FLOW_PROTO":"tcp","FLOW_SRC":"10.0.0.5","FLOW_DST":"198.51.100.7",\
                        "FLOW_SPORT":"40007","FLOW_DPORT":"80","FLOW_COMMUNITY_ID":"1:vSBs1NhIeLOKsZj8QrYe618IgvM=",\
                        "FLOW_REPLY_SRC":"198.51.100.7","FLOW_REPLY_DST":"203.0.113.9","FLOW_REPLY_SPORT":"80",\
                        "FLOW_REPLY_DPORT":"50000","FLOW_REPLY_COMMUNITY_ID":"1:XC8gw5pXHK1zoCBt0l21LMu+UjA=",\
                        "FLOW_DIRECTION":"forwarded","PID_REASON":"forwarded"}""",
                Flows.of(event, Direction.FORWARDED, Owner.unknown(Unattributed.FORWARDED)));
    }

    /** What the far side sees is a ping from 203.0.113.9; pycommunityid gives that the reply's id. */
    @Test
    void saysBothSidesOfATranslatedPing() throws IOException {
        FlowEvent event = event(ping("192.0.2.1", "198.51.100.7", 8), ping("198.51.100.7", "203.0.113.9", 0));
        assertEntry(
                "{\"MESSAGE\":\"icmp 192.0.2.1 > 198.51.100.7 type 8 code 0 id 48879 out, process unknown"
                        + " (process-gone)\"," + FLOW + """
                        "FLOW_FAMILY":"ipv4","FLOW_PROTO":"icmp","FLOW_SRC":"192.0.2.1","FLOW_DST":"198.51.100.7",\
                        "FLOW_ICMP_TYPE":"8","FLOW_ICMP_CODE":"0","FLOW_ICMP_ID":"48879",\
                        "FLOW_COMMUNITY_ID":"1:gWq+zk/5wiECNk6+x16LEy0O2tI=",\
                        "FLOW_REPLY_SRC":"198.51.100.7","FLOW_REPLY_DST":"203.0.113.9",\
                        "FLOW_REPLY_COMMUNITY_ID":"1:w6gZXCaQTB0e6M78Yte0ckX86lg=",\
                        "FLOW_DIRECTION":"outbound",""" + UNKNOWN_FIELDS,
                Flows.of(event, Direction.OUTBOUND, UNKNOWN));
    }

    @Test
    void saysMarkZoneNamespaceAndThatTheFlowIsOlder() throws IOException {
        FlowEvent event = new FlowEvent(
                FlowEvent.Kind.NEW,
                4_294_967_295L,
                Flows.HTTP,
                Flows.HTTP.reversed(),
                3_405_691_582L,
                40_000,
                /* midstream= */ true,
                BEGAN,
                /* end= */ null,
                new NetworkNamespace(0, "blue\n", 1));
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 in netns blue\\\\x0a (older than tracking), process unknown"
                        + " (process-gone)\"," + FLOW + HTTP_TUPLE + """
                        "FLOW_MARK":"3405691582","FLOW_ZONE":"40000","FLOW_NETNS":"blue\\u000a","FLOW_MIDSTREAM":"yes",""" + UNKNOWN_FIELDS,
                Flows.of(event, /* direction= */ null, UNKNOWN));
    }

    @Test
    void saysHowAFlowEnded() throws IOException {
        FlowEnd end = new FlowEnd(62_041_999, 420, 6, 1_288, 5);
        FlowEvent event = new FlowEvent(
                FlowEvent.Kind.END,
                7,
                Flows.HTTP,
                Flows.HTTP.reversed(),
                0,
                0,
                /* midstream= */ false,
                BEGAN,
                end,
                null);
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, ended after 62.041 s, 420 bytes there"
                        + " and 1288 back, process unknown (process-gone)\"," + """
                        "MESSAGE_ID":"%s","PRIORITY":"6","SYSLOG_IDENTIFIER":"conntrack-logger",\
                        "FLOW_EVENT":"end","FLOW_ID":"7","FLOW_TIMESTAMP":"1795451954640000",\
                        """.formatted(MessageId.FLOW_END.text())
                        + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound","FLOW_ORIG_BYTES":"420","FLOW_ORIG_PACKETS":"6",\
                        "FLOW_REPLY_BYTES":"1288","FLOW_REPLY_PACKETS":"5","FLOW_DURATION_USEC":"62041999",\
                        """ + UNKNOWN_FIELDS,
                Flows.of(event, Direction.OUTBOUND, UNKNOWN));
    }

    @Test
    void saysNothingOfAnEndThatTheKernelDoesNotTell() throws IOException {
        FlowEnd end = new FlowEnd(FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN);
        FlowEvent event = new FlowEvent(
                FlowEvent.Kind.END, 7, Flows.HTTP, Flows.HTTP.reversed(), 0, 0, /* midstream= */ false, 0, end, null);
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, ended, process unknown"
                        + " (process-gone)\"," + """
                        "MESSAGE_ID":"%s","PRIORITY":"6","SYSLOG_IDENTIFIER":"conntrack-logger",\
                        "FLOW_EVENT":"end","FLOW_ID":"7",\
                        """.formatted(MessageId.FLOW_END.text()) + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound",\
                        """
                        + UNKNOWN_FIELDS,
                Flows.of(event, Direction.OUTBOUND, UNKNOWN));
    }

    /** Rounded up to minutes. */
    @ParameterizedTest
    @CsvSource({"0, 1", "59999999, 1", "300200000, 6"})
    void saysThatAnEndWasNotSeen(long unseen, String minutes) throws IOException {
        FlowEvent event = Flows.event(Flows.HTTP).ended(FlowEnd.unseen(unseen));
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, ended unseen, at most "
                        + minutes + " min ago, process unknown (process-gone)\","
                        + """
                        "MESSAGE_ID":"%s","PRIORITY":"6","SYSLOG_IDENTIFIER":"conntrack-logger",\
                        "FLOW_EVENT":"end","FLOW_ID":"4294967295","FLOW_TIMESTAMP":"1795451954640000",\
                        """.formatted(MessageId.FLOW_END.text()) + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound",\
                        """ + UNKNOWN_FIELDS,
                Flows.of(event, Direction.OUTBOUND, UNKNOWN));
    }

    @Test
    void saysWhoAcceptedALocalFlow() throws IOException {
        FlowTuple tuple =
                new FlowTuple(address("127.0.0.1"), address("127.0.0.1"), Protocol.UDP, new Layer4.Ports(40000, 53));
        Owner peer = Owner.of(
                OwnerSource.LISTENER,
                Flows.process("unbound", "unbound -d"),
                ControlGroup.of("/system.slice/unbound.service"));
        assertEntry(
                "{\"MESSAGE\":\"udp 127.0.0.1:40000 > 127.0.0.1:53 local, process unknown (process-gone);"
                        + " to pid 28865 (unbound) of unbound.service\"," + FLOW + """
                        "FLOW_FAMILY":"ipv4","FLOW_PROTO":"udp","FLOW_SRC":"127.0.0.1","FLOW_DST":"127.0.0.1",\
                        "FLOW_SPORT":"40000","FLOW_DPORT":"53","FLOW_COMMUNITY_ID":"1:gir0IfrzfLF5jsdNt5PFAnifXH0=",\
                        "FLOW_DIRECTION":"local","PID_REASON":"process-gone",\
                        "PEER_PID":"28865","PEER_COMM":"unbound","PEER_EXE":"/usr/bin/curl",\
                        "PEER_CMDLINE":"unbound -d","PEER_UID":"1000","PEER_SERVICE":"unbound.service"}""",
                new AttributedFlow(event(tuple), Direction.LOCAL, UNKNOWN, peer));
    }

    @Test
    void saysTheServiceWhereTheProcessIsGone() throws IOException {
        Owner owner = Owner.ofSocket(
                OwnerSource.SOCK_DIAG,
                1000,
                ControlGroup.of("/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope"),
                Unattributed.PROCESS_GONE);
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, process unknown (process-gone) of"
                        + " app-firefox-1.scope\"," + FLOW + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound","PID_UID":"1000",\
                        "PID_CGROUP":"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope",\
                        "PID_SERVICE":"app-firefox-1.scope","PID_UNIT":"user@1000.service",\
                        "PID_USER_UNIT":"app-firefox-1.scope","PID_SLICE":"user-1000.slice","PID_OWNER_UID":"1000",\
                        "PID_SOURCE":"sock_diag","PID_REASON":"process-gone"}""",
                Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner));
    }

    @Test
    void saysTheUserWhereTheServiceIsNotKnown() throws IOException {
        Owner owner = Owner.ofSocket(OwnerSource.SOCK_DIAG, 0, null, Unattributed.NOT_PERMITTED);
        assertEntry(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, process unknown (not-permitted) of"
                        + " uid 0\"," + FLOW + HTTP_TUPLE + """
                        "FLOW_DIRECTION":"outbound","PID_UID":"0","PID_SOURCE":"sock_diag",\
                        "PID_REASON":"not-permitted"}""",
                Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /user.slice/user-1.slice/session-c2.scope | "PID_SERVICE":"session-c2.scope","PID_UNIT":"session-c2.scope","PID_SLICE":"user-1.slice","PID_SESSION":"c2","PID_OWNER_UID":"1"
                    /machine.slice/machine-web\\x2d1.scope    | "PID_SERVICE":"machine-web\\\\x2d1.scope","PID_UNIT":"machine-web\\\\x2d1.scope","PID_SLICE":"machine.slice","PID_MACHINE":"web-1"
                    /lxc.payload.web                          | "PID_SLICE":"-.slice","PID_CONTAINER":"web"
                    """)
    void saysWhatTheGroupSays(String path, String fields) throws IOException {
        Owner owner = Owner.ofSocket(
                OwnerSource.PROC, ProcessInfo.UNKNOWN_ID, ControlGroup.of(path), Unattributed.PROCESS_GONE);
        String entry = entry(Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner));
        String cgroup = "\"PID_CGROUP\":\"" + path.replace("\\", "\\\\") + "\",";
        assertEquals(
                cgroup + fields + ",\"PID_SOURCE\":\"proc\"," + UNKNOWN_FIELDS + "\n",
                entry.substring(entry.indexOf("\"PID_CGROUP\"")));
    }

    /** In MESSAGE nothing can move a cursor or turn the direction of writing; the fields have it all as it was. */
    @Test
    void disarmsAHostileCommandLine() throws IOException {
        String entry = entry(Flows.outbound(Flows.process("a\u001b[2J", "x \"y\" \\ \u001b]0;z\u0007\n\u202egnp.exe")));
        assertEquals(
                "{\"MESSAGE\":\"tcp 192.168.0.12:34870 > 195.24.232.208:80 out, pid 28865 (a\\\\x1b[2J) of cron.service:"
                        + " x \\\"y\\\" \\\\x5c \\\\x1b]0;z\\\\x07\\\\x0a\\\\xe2\\\\x80\\\\xaegnp.exe\",",
                entry.substring(0, entry.indexOf("\"MESSAGE_ID\"")));
        assertEquals(
                "\"PID_COMM\":\"a\\u001b[2J\",\"PID_EXE\":\"/usr/bin/curl\","
                        + "\"PID_CMDLINE\":\"x \\\"y\\\" \\\\ \\u001b]0;z\\u0007\\u000a\u202egnp.exe\",",
                entry.substring(entry.indexOf("\"PID_COMM\""), entry.indexOf("\"PID_PPID\"")));
    }

    /** As journalctl -o json does it. */
    @Test
    void keepsBytesThatAreNoText() throws IOException {
        byte[] bytes = {'x', ' ', (byte) 0xff, 0, (byte) 0x80};
        RawText raw = RawText.copyOf(bytes, 0, bytes.length);
        String entry = entry(Flows.outbound(Flows.process(RawText.of("x"), raw)));
        assertEquals(
                "\"PID_CMDLINE\":[120,32,255,0,128],",
                entry.substring(entry.indexOf("\"PID_CMDLINE\""), entry.indexOf("\"PID_PPID\"")));
        assertEquals(
                ": x \\\\xff\\\\x00\\\\x80\",",
                entry.substring(
                        entry.indexOf("cron.service") + "cron.service".length(), entry.indexOf("\"MESSAGE_ID")));
    }

    @Test
    void boundsTheMessage() throws IOException {
        String entry = entry(Flows.outbound(Flows.process("x", "y".repeat(4096))));
        String message = entry.substring(0, entry.indexOf("\",\"MESSAGE_ID\""));
        assertEquals(": " + "y".repeat(200) + "...", message.substring(message.lastIndexOf(": ")));
    }

    @ParameterizedTest
    @CsvSource({
        "KERNEL,1,1 record lost: the kernel's receive buffer was full,kernel",
        "QUEUE,2,2 records lost: the queue was full,queue",
        "JOURNAL,19834,19834 records lost: the journal did not take them,journal",
        "DECODE,3,3 records lost: the kernel's message could not be decoded,decode"
    })
    void saysWhatWasLost(Loss.Place place, long count, String message, String where) throws IOException {
        assertEntry("""
                {"MESSAGE":"%s","MESSAGE_ID":"b0a9c64d1f5e4a0e8d27c3b96e41f7a5","PRIORITY":"4",\
                "SYSLOG_IDENTIFIER":"conntrack-logger",\
                "LOST_COUNT":"%d","LOST_WHERE":"%s","LOST_SINCE":"5","LOST_UNTIL":"9"}""".formatted(message, count, where), new Loss(place, count, 5, 9));
    }

    @ParameterizedTest
    @CsvSource({
        "TRACKING_ENABLED,7d20b8f3a96c4e51b4c8e02f5d17a6c9,5",
        "TRACKING_INACTIVE,e3c571a84b0d4f2c96a7d8f1025b3ce4,4",
        "TRACKING_ACTIVE,19e4d7c02a6f4b38a5d3c1f7860b92de,5",
        "SOCKETS_LEFT_OUT,5902c7c08374476bac57cc70a9e24f7b,4",
        "NAMES_KNOWN,2f8e1a60b5c94d7f83d1e6a94c07b25d,5",
        "NAMES_UNKNOWN,8b47d3f1c20e4a96b5f7094e1d6ca83b,5",
        "NAMES_INCOMPLETE,d05c7e92a1b34f68907be2f6438d1c5a,4"
    })
    void saysWhatTheAdministratorMustKnow(Notice.Kind kind, String id, int priority) throws IOException {
        assertEntry("""
                {"MESSAGE":"it is so","MESSAGE_ID":"%s","PRIORITY":"%d",\
                "SYSLOG_IDENTIFIER":"conntrack-logger"}""".formatted(id, priority), new Notice(kind, "it is so"));
    }

    @Test
    void beginsEachEntryAnew() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ObservationEntry entries = new ObservationEntry(new JsonLines(out));
        entries.write(Flows.outbound());
        entries.write(new Notice(Notice.Kind.TRACKING_ACTIVE, "between"));
        entries.write(Flows.outbound());
        String[] lines = out.toString(StandardCharsets.UTF_8).split("\n");
        assertEquals(3, lines.length);
        assertEquals(lines[0], lines[2]);
        assertEquals(entry(Flows.outbound()), lines[0] + "\n");
    }

    private static void assertEntry(String expected, Observation observation) throws IOException {
        assertEquals(expected + "\n", entry(observation));
    }

    private static String entry(Observation observation) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonLines lines = new JsonLines(out)) {
            new ObservationEntry(lines).write(observation);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
