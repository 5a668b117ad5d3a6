// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.TimeFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtocolFilterTest {

    /** A pattern, and which of ipv4/tcp, ipv6/tcp and ipv4/icmp pass it. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    tcp             ; ipv4/tcp ipv6/tcp
                    ipv4            ; ipv4/tcp ipv4/icmp
                    ipv6/           ; ipv6/tcp
                    ^ipv[46]/tcp$   ; ipv4/tcp ipv6/tcp
                    tcp|icmp        ; ipv4/tcp ipv6/tcp ipv4/icmp
                    TCP             ; ''
                    ^tcp            ; ''
                    """)
    void passesOnFlowsWhoseProtocolContainsAMatch(String pattern, String passed) throws IOException {
        ByteArrayOutputStream flows = new ByteArrayOutputStream();
        ByteArrayOutputStream notices = new ByteArrayOutputStream();
        try (TextLines lines = new TextLines(
                        flows,
                        new PrintStream(notices, true, StandardCharsets.UTF_8),
                        FlowFormat.parse("{ev.proto}"),
                        new TimeFormat("%s"));
                ProtocolFilter filter = new ProtocolFilter(Pattern.compile(pattern), lines)) {
            ObservationEntry entry = new ObservationEntry(filter);
            entry.write(Flows.outbound());
            entry.write(flow(Flows.tcp("2001:db8::1", 1, "2001:db8::2", 2)));
            entry.write(new Notice(Notice.Kind.TRACKING_ACTIVE, "no flow"));
            entry.write(flow(Flows.ping("192.0.2.1", "192.0.2.2", 8)));
        }
        assertEquals(passed, flows.toString(StandardCharsets.UTF_8).strip().replace('\n', ' '));
        assertEquals("no flow\n", notices.toString(StandardCharsets.UTF_8));
    }

    private static AttributedFlow flow(FlowTuple tuple) {
        return Flows.of(Flows.event(tuple), Direction.OUTBOUND, Owner.unknown(Unattributed.PROCESS_GONE));
    }
}
