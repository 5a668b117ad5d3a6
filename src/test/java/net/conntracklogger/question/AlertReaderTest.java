// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import net.conntracklogger.flow.CommunityId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines as Suricata 7.0.10 and Zeek 6.0 print them. */
class AlertReaderTest {
    private static final String EVE = "{\"timestamp\":\"2026-11-23T20:59:47.100000+0000\",\"flow_id\":123,"
            + "\"event_type\":\"alert\",\"src_ip\":\"203.0.113.66\",\"src_port\":6667,\"dest_ip\":\"198.51.100.23\","
            + "\"dest_port\":36296,\"proto\":\"TCP\",\"community_id\":\"1:/K2TQ2D0c+HeFfySGEDiHGWCUo0=\","
            + "\"alert\":{\"signature\":\"ET CNC Known \\u0042ot\",\"severity\":1},"
            + "\"flow\":{\"pkts_toserver\":3,\"start\":\"2026-11-23T20:59:45.084604+0000\"}}";
    private static final String ZEEK_HEAD =
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice";
    private static final long START = 1_795_467_585_084_604L;

    private final AlertReader reader =
            new AlertReader(new TimeText(Instant.parse("2026-11-27T20:31:11Z"), ZoneOffset.UTC));

    @Test
    void readsAnAlertOfSuricata() {
        Alert alert = reader.read(EVE).orElseThrow();
        assertEquals("ET CNC Known Bot", alert.label());
        assertEquals(
                "tcp 203.0.113.66:6667 > 198.51.100.23:36296", alert.tuple().toString());
        assertEquals(START, alert.start());
        assertEquals(1_795_467_587_100_000L, alert.time());
        assertEquals("1:/K2TQ2D0c+HeFfySGEDiHGWCUo0=", new CommunityId().of(alert.tuple()));
    }

    @Test
    void readsAnEventThatDoesNotSayWhenTheFlowBegan() {
        Alert alert = reader.read(
                        "{\"timestamp\":\"2026-11-23T20:59:47.1+0000\",\"event_type\":\"dns\",\"src_ip\":\"::1\","
                                + "\"src_port\":5,\"dest_ip\":\"::2\",\"dest_port\":53,\"proto\":\"UDP\"}")
                .orElseThrow();
        assertEquals("dns udp [::1]:5 > [::2]:53", alert.label() + " " + alert.tuple());
        assertEquals(false, alert.hasStart());
    }

    @Test
    void passesOverEventsThatAreAboutNoFlow() {
        assertEquals(Optional.empty(), reader.read("{\"event_type\":\"stats\",\"stats\":{\"uptime\":[1,2.5e3,null]}}"));
        assertEquals(Optional.empty(), reader.read("#close\t2026-11-23-21-00-00"));
        assertEquals(Optional.empty(), reader.read(""));
    }

    @Test
    void readsAConnectionOfZeekInJson() {
        Alert alert = reader.read("{\"ts\":1795467585.084604,\"uid\":\"C1\",\"id.orig_h\":\"198.51.100.23\","
                        + "\"id.orig_p\":36296,\"id.resp_h\":\"203.0.113.66\",\"id.resp_p\":6667,\"proto\":\"tcp\"}")
                .orElseThrow();
        assertEquals(
                "tcp 198.51.100.23:36296 > 203.0.113.66:6667", alert.tuple().toString());
        assertEquals(START, alert.start());
        assertEquals("connection", alert.label());
    }

    @Test
    void readsAConnectionOfZeekInColumns() {
        reader.read("#separator \\x09");
        reader.read("#unset_field\t-");
        reader.read(ZEEK_HEAD);
        Alert alert = reader.read("1795467585.084604\tC1\t198.51.100.23\t36296\t203.0.113.66\t6667\ttcp\tirc")
                .orElseThrow();
        assertEquals("irc tcp 198.51.100.23:36296 > 203.0.113.66:6667", alert.label() + " " + alert.tuple());
        Alert ping = reader.read("1795467585.084604\tC1\tfe80::1\t128\tfe80::2\t129\ticmp\t-")
                .orElseThrow();
        assertEquals(
                "icmpv6 fe80::1 > fe80::2 type 128 code 129 id 0", ping.tuple().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"timestamp\":\"2026        | the line is cut off",
                "{\"a\":1}                    | neither src_ip (eve.json) nor id.orig_h (conn.log)",
                "1795467585.1 C1              | no line above it begins with #fields",
                "{\"src_ip\":\"x\"}           | src_ip 'x' is no address",
                "{\"a\":1} {                  | text after the value",
                "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ | more than 64 levels",
            })
    void saysWhatIsWrongWithALine(String line, String reason) {
        String message = assertThrows(IllegalArgumentException.class, () -> reader.read(line))
                .getMessage();
        assertTrue(message.contains(reason), message);
    }
}
