// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FlowMessageTest {
    private static final String TUPLE = "tcp 192.168.0.12:34870 > 195.24.232.208:80";
    private static final String CURL = ", pid 28865 (curl) of cron.service: curl -s http://example.org";
    private static final Owner GONE = Owner.unknown(Unattributed.PROCESS_GONE);
    private static final FlowEnd END = new FlowEnd(62_041_999, 420, 6, 1_288, 5);

    /** A case of the grammar, and the message behind the tuple. */
    record Case(String name, AttributedFlow flow, String rest) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        FlowEvent http = event(Flows.HTTP);
        Owner curl = Flows.outbound().owner();
        FlowEvent untimed = http.ended(
                new FlowEnd(FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN));
        return Stream.of(
                new Case("new", Flows.outbound(), " out" + CURL),
                new Case("inbound", Flows.of(http, Direction.INBOUND, curl), " in" + CURL),
                new Case("no direction", Flows.of(http, null, curl), CURL),
                new Case(
                        "forwarded",
                        Flows.of(http, Direction.FORWARDED, Owner.unknown(Unattributed.FORWARDED)),
                        " forwarded, no process (forwarded)"),
                new Case("existing", Flows.of(of(FlowEvent.Kind.EXISTING, false), null, curl), ", existing" + CURL),
                new Case("midstream", Flows.of(of(FlowEvent.Kind.NEW, true), null, curl), ", midstream" + CURL),
                new Case(
                        "existing and midstream",
                        Flows.of(of(FlowEvent.Kind.EXISTING, true), null, curl),
                        ", midstream, existing" + CURL),
                new Case(
                        "end",
                        Flows.of(http.ended(END), Direction.OUTBOUND, curl),
                        " out, ended after 62.041 s, orig 420 B, reply 1288 B" + CURL),
                new Case("end without figures", Flows.of(untimed, Direction.OUTBOUND, curl), " out, ended" + CURL),
                new Case(
                        "unseen end",
                        Flows.of(http.ended(FlowEnd.unseen(300_200_000)), Direction.OUTBOUND, curl),
                        " out, ended (not seen)" + CURL),
                new Case(
                        "end of a midstream flow",
                        Flows.of(of(FlowEvent.Kind.NEW, true).ended(END), null, curl),
                        ", midstream, ended after 62.041 s, orig 420 B, reply 1288 B" + CURL),
                new Case(
                        "other network namespace",
                        Flows.of(http.in(new NetworkNamespace(0, "blue", 1)), Direction.OUTBOUND, curl),
                        " out, netns blue" + CURL),
                new Case(
                        "translated",
                        Flows.of(
                                event(Flows.HTTP, Flows.tcp("195.24.232.208", 80, "203.0.113.9", 50000)),
                                Direction.OUTBOUND,
                                curl),
                        " out" + CURL),
                new Case("no process", Flows.outbound(Unattributed.NO_LISTENER), " out, no process (no-listener)"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void followsTheGrammar(Case of) {
        assertEquals(TUPLE + of.rest(), message(of.flow()));
    }

    private static FlowEvent of(FlowEvent.Kind kind, boolean midstream) {
        return new FlowEvent(kind, 7, Flows.HTTP, Flows.HTTP.reversed(), 0, 0, midstream, BEGAN, null, null);
    }

    @ParameterizedTest
    @EnumSource
    void namesEveryReason(Unattributed reason) {
        assertEquals(TUPLE + " out, no process (" + reason.text() + ")", message(Flows.outbound(reason)));
    }

    @Nested
    class OfALocalFlow {

        @Test
        void namesBothProcessesAndThenTheCommand() {
            Owner peer = acceptor("/system.slice/unbound.service");
            assertEquals(
                    TUPLE + " local, pid 28865 (curl) of cron.service to pid 512 (unbound) of unbound.service:"
                            + " curl -s http://example.org",
                    message(local(Flows.outbound().owner(), peer)));
        }

        @Test
        void namesTheAcceptorOfAnUnknownProcess() {
            assertEquals(
                    TUPLE + " local, no process (process-gone) to pid 512 (unbound) of unbound.service",
                    message(local(GONE, acceptor("/system.slice/unbound.service"))));
        }

        @Test
        void leavesOutAnUnknownAcceptor() {
            assertEquals(TUPLE + " local" + CURL, message(local(Flows.outbound().owner(), GONE)));
        }

        private static AttributedFlow local(Owner owner, Owner peer) {
            return new AttributedFlow(event(Flows.HTTP), Direction.LOCAL, owner, peer);
        }

        private static Owner acceptor(String group) {
            ProcessInfo process = new ProcessInfo(
                    512, BEGAN, 0, 0, 0, RawText.of("unbound"), null, Flows.commandLine("unbound", "-d"), 1, 0, null);
            return Owner.of(OwnerSource.LISTENER, process, UnitPath.parse(group));
        }
    }

    @Nested
    class OfAUnit {

        @ParameterizedTest
        @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                        /system.slice/cron.service                                                       | of cron.service
                        /user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox\\x2d1.scope   | of app-firefox\\x2d1.scope
                        /machine.slice/machine-web\\x2d1.scope                                            | of machine-web\\x2d1.scope
                        /docker/0123                                                                     | of /docker/0123
                        /docker/a (b), to pid 1: c                                                       | of /docker/a\\x20\\x28b\\x29,\\x20to\\x20pid\\x201:\\x20c
                        /                                                                                | of /
                        """)
        void namesTheInnermost(String path, String expected) {
            Owner owner = Owner.ofSocket(OwnerSource.PROC, 1000, UnitPath.parse(path), Unattributed.PROCESS_GONE);
            assertEquals(
                    TUPLE + " out, no process (process-gone) " + expected,
                    message(Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner)));
        }

        @Test
        void isLeftOutIfItIsUnknown() {
            Owner owner = Owner.ofSocket(OwnerSource.SOCK_DIAG, 0, null, Unattributed.NOT_PERMITTED);
            assertEquals(
                    TUPLE + " out, no process (not-permitted)",
                    message(Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner)));
        }
    }

    @Nested
    class OfADestinationName {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        0           | 1 | example.org
                        -99999      | 1 | example.org
                        60999999    | 2 | example.org or 1 other
                        61000000    | 1 | example.org, looked up 1 min ago
                        180000000   | 4 | example.org or 3 others, looked up 3 min ago
                        7199000000  | 1 | example.org, looked up 119 min ago
                        7200000000  | 1 | example.org, looked up 2 h ago
                        360000000000 | 1 | example.org, looked up 100 h ago
                        """)
        void saysTheAgeIfItIsOverAMinute(long age, int count, String expected) {
            List<DestinationName> names = Stream.of("example.org", "b.example", "c.example", "d.example")
                    .limit(count)
                    .map(name -> new DestinationName(RawText.of(name), BEGAN - age))
                    .toList();
            assertEquals(
                    TUPLE + " (" + expected + ") out, no process (process-gone)",
                    message(Flows.outbound(Unattributed.PROCESS_GONE).withNames(names)));
        }

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
        FlowMessage.append(text, flow);
        return text.toString();
    }
}
