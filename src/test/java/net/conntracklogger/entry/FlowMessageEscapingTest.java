// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and command lines that pretend to be another part of the message, or are too long. */
class FlowMessageEscapingTest {
    private static final String TUPLE = "tcp 192.168.0.12:34870 > 195.24.232.208:80";
    private static final String CURL = ", pid 28865 (curl) of cron.service: curl -s http://example.org";
    private static final Owner GONE = Owner.unknown(Unattributed.PROCESS_GONE);

    /** Every user can look up a name of an own zone. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    a) out, pid 1 (systemd     | a\\x29\\x20out,\\x20pid\\x201\\x20\\x28systemd
                    x\u001b[2j                 | x\\x1b[2j
                    a\\032b                    | a\\x5c032b
                    """)
    void escapesAHostileName(String name, String expected) {
        List<DestinationName> names = List.of(new DestinationName(RawText.of(name), BEGAN));
        assertEquals(
                TUPLE + " (" + expected + ") out" + CURL,
                message(Flows.outbound().withNames(names)));
    }

    @Test
    void escapesAHostileProcessName() {
        ProcessInfo process = Flows.process("x(1) < systemd", "x");
        assertEquals(
                TUPLE + " out, pid 28865 (x\\x281\\x29\\x20\\x3c\\x20systemd) of cron.service: x",
                message(Flows.outbound(process)));
    }

    @Test
    void escapesAHostileNamespaceName() {
        FlowEvent event = event(Flows.HTTP).in(new NetworkNamespace(0, "blue, pid 1\n", 1));
        assertEquals(
                TUPLE + " out, netns blue,\\x20pid\\x201\\x0a, no process (process-gone)",
                message(Flows.of(event, Direction.OUTBOUND, GONE)));
    }

    /** Nothing in the message moves a cursor or overrides the direction of writing. */
    @Test
    void quotesAHostileCommandLine() {
        ProcessInfo process = new ProcessInfo(
                7,
                BEGAN,
                0,
                0,
                0,
                RawText.of("x"),
                null,
                Flows.commandLine("x", "", "it's", "\\", "\u001b]0;z\u0007\n\u202egnp.exe"),
                1,
                0,
                null);
        assertEquals(
                TUPLE + " out, pid 7 (x) of cron.service: x \"\" \"it's\" \"\\\\\""
                        + " \"\\033]0;z\\a\\n\\342\\200\\256gnp.exe\"",
                message(Flows.outbound(process)));
    }

    @Test
    void shortensALongCommandLine() {
        String message = message(Flows.outbound(Flows.process("x", "x " + "y".repeat(5000) + " last")));
        String command = message.substring(message.indexOf(": ") + 2);
        assertEquals(200, command.getBytes(StandardCharsets.UTF_8).length);
        assertTrue(command.matches("x y+ … y+ last"), command);
    }

    @Test
    void shortensALongName() {
        ControlGroup group = UnitPath.parse("/first/" + "\n".repeat(2000) + "/last");
        Owner owner = Owner.ofSocket(OwnerSource.PROC, 0, group, Unattributed.PROCESS_GONE);
        String message = message(Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner));
        assertTrue(message.matches(".* of /first/(\\\\x0a)+ … (\\\\x0a)+/last"), message);
        assertTrue(message.length() < 400, message);
    }

    private static String message(AttributedFlow flow) {
        StringBuilder text = new StringBuilder();
        new FlowMessage().append(text, flow);
        return text.toString();
    }
}
