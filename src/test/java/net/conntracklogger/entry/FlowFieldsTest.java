// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static net.conntracklogger.entry.Flows.ping;
import static net.conntracklogger.entry.Flows.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;

class FlowFieldsTest {
    private static final Owner GONE = Owner.unknown(Unattributed.PROCESS_GONE);
    private static final List<String> HTTP = List.of(
            "FLOW_FAMILY=ipv4",
            "FLOW_PROTO=tcp",
            "FLOW_SRC=192.168.0.12",
            "FLOW_DST=195.24.232.208",
            "FLOW_SPORT=34870",
            "FLOW_DPORT=80",
            "FLOW_COMMUNITY_ID=1:9AZLWnnrt6dC+45Wjlr9JezCz6w=");

    @Test
    void holdTheTuple() throws IOException {
        assertFields(
                Flows.of(event(Flows.HTTP), Direction.OUTBOUND, GONE),
                head("new"),
                HTTP,
                List.of("FLOW_DIRECTION=outbound"));
    }

    @Test
    void holdATupleOfIpv6() throws IOException {
        assertFields(
                Flows.of(event(tcp("2001:db8::9", 51000, "2001:db8::1", 22)), Direction.INBOUND, GONE),
                head("new"),
                List.of(
                        "FLOW_FAMILY=ipv6",
                        "FLOW_PROTO=tcp",
                        "FLOW_SRC=2001:db8::9",
                        "FLOW_DST=2001:db8::1",
                        "FLOW_SPORT=51000",
                        "FLOW_DPORT=22",
                        "FLOW_COMMUNITY_ID=1:RkiyV8xi3tsZDDkLDEOBBcbUClQ="),
                List.of("FLOW_DIRECTION=inbound"));
    }

    @Test
    void holdBothTuplesOfATranslation() throws IOException {
        FlowEvent event =
                event(tcp("10.0.0.5", 40007, "198.51.100.7", 80), tcp("198.51.100.7", 80, "203.0.113.9", 50000));
        assertFields(
                Flows.of(event, Direction.FORWARDED, GONE),
                head("new"),
                List.of(
                        "FLOW_FAMILY=ipv4",
                        "FLOW_PROTO=tcp",
                        "FLOW_SRC=10.0.0.5",
                        "FLOW_DST=198.51.100.7",
                        "FLOW_SPORT=40007",
                        "FLOW_DPORT=80",
                        "FLOW_COMMUNITY_ID=1:vSBs1NhIeLOKsZj8QrYe618IgvM=",
                        "FLOW_REPLY_SRC=198.51.100.7",
                        "FLOW_REPLY_DST=203.0.113.9",
                        "FLOW_REPLY_SPORT=80",
                        "FLOW_REPLY_DPORT=50000",
                        "FLOW_REPLY_COMMUNITY_ID=1:XC8gw5pXHK1zoCBt0l21LMu+UjA="),
                List.of("FLOW_DIRECTION=forwarded"));
    }

    /** The far side sees a ping from 203.0.113.9; pycommunityid gives that ping the id of the reply. */
    @Test
    void holdBothTuplesOfATranslatedPing() throws IOException {
        FlowEvent event = event(ping("192.0.2.1", "198.51.100.7", 8), ping("198.51.100.7", "203.0.113.9", 0));
        assertFields(
                Flows.of(event, Direction.OUTBOUND, GONE),
                head("new"),
                List.of(
                        "FLOW_FAMILY=ipv4",
                        "FLOW_PROTO=icmp",
                        "FLOW_SRC=192.0.2.1",
                        "FLOW_DST=198.51.100.7",
                        "FLOW_ICMP_TYPE=8",
                        "FLOW_ICMP_CODE=0",
                        "FLOW_ICMP_ID=48879",
                        "FLOW_COMMUNITY_ID=1:gWq+zk/5wiECNk6+x16LEy0O2tI=",
                        "FLOW_REPLY_SRC=198.51.100.7",
                        "FLOW_REPLY_DST=203.0.113.9",
                        "FLOW_REPLY_COMMUNITY_ID=1:w6gZXCaQTB0e6M78Yte0ckX86lg="),
                List.of("FLOW_DIRECTION=outbound"));
    }

    @Test
    void holdMarkZoneNamespaceAndMidstream() throws IOException {
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
                new NetworkNamespace(0, "blue\n\\", 1));
        assertFields(
                Flows.of(event, /* direction= */ null, GONE),
                head("new"),
                HTTP,
                List.of("FLOW_MARK=3405691582", "FLOW_ZONE=40000", "FLOW_NETNS=blue\\x0a\\\\", "FLOW_MIDSTREAM=yes"));
    }

    @Test
    void holdTheFiguresOfAnEnd() throws IOException {
        FlowEnd end = new FlowEnd(62_041_999, 420, 6, 1_288, 5);
        assertFields(
                Flows.of(event(Flows.HTTP).ended(end), Direction.OUTBOUND, GONE),
                head("end"),
                HTTP,
                List.of(
                        "FLOW_DIRECTION=outbound",
                        "FLOW_ORIG_BYTES=420",
                        "FLOW_ORIG_PACKETS=6",
                        "FLOW_REPLY_BYTES=1288",
                        "FLOW_REPLY_PACKETS=5",
                        "FLOW_DURATION_USEC=62041999"));
    }

    @Test
    void leaveOutTheFiguresOfAnUnseenEnd() throws IOException {
        assertFields(
                Flows.of(event(Flows.HTTP).ended(FlowEnd.unseen(0)), Direction.OUTBOUND, GONE),
                head("end"),
                HTTP,
                List.of("FLOW_DIRECTION=outbound"));
    }

    @Test
    void leaveOutAnUnknownTime() throws IOException {
        FlowEvent event = new FlowEvent(
                FlowEvent.Kind.EXISTING, 7, Flows.HTTP, Flows.HTTP.reversed(), 0, 0, false, 0, null, null);
        assertFields(
                Flows.of(event, Direction.OUTBOUND, GONE),
                List.of("FLOW_EVENT=existing", "FLOW_ID=7"),
                HTTP,
                List.of("FLOW_DIRECTION=outbound"));
    }

    @Test
    void holdEachDestinationName() throws IOException {
        List<DestinationName> names = Stream.of("a.example", "b.example", "\u001b.example")
                .map(name -> new DestinationName(RawText.of(name), BEGAN))
                .toList();
        assertFields(
                Flows.of(event(Flows.HTTP), Direction.OUTBOUND, GONE).withNames(names),
                head("new"),
                HTTP,
                List.of(
                        "FLOW_DIRECTION=outbound",
                        "FLOW_DNAME=a.example",
                        "FLOW_DNAME=b.example",
                        "FLOW_DNAME=\\x1b.example"));
    }

    private static List<String> head(String kind) {
        return List.of("FLOW_EVENT=" + kind, "FLOW_ID=4294967295", "FLOW_TIMESTAMP=" + BEGAN);
    }

    private static void assertFields(AttributedFlow flow, List<String> head, List<String> tuple, List<String> rest)
            throws IOException {
        List<String> expected =
                Stream.of(head, tuple, rest).flatMap(List::stream).toList();
        assertEquals(expected, RecordedEntry.of(flow).lines("FLOW_"));
    }
}
