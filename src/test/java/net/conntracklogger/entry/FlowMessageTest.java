// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
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

    static Stream<Case> directions() {
        FlowEvent http = event(Flows.HTTP);
        Owner curl = Flows.outbound().owner();
        FlowEvent translated = event(Flows.HTTP, Flows.tcp("195.24.232.208", 80, "203.0.113.9", 50000));
        FlowEvent elsewhere = http.in(new NetworkNamespace(0, "blue", 1));
        Owner none = Owner.unknown(Unattributed.FORWARDED);
        return Stream.of(
                new Case("new", Flows.outbound(), " out" + CURL),
                new Case("inbound", Flows.of(http, Direction.INBOUND, curl), " in" + CURL),
                new Case("no direction", Flows.of(http, null, curl), CURL),
                new Case("forwarded", Flows.of(http, Direction.FORWARDED, none), " forwarded, no process (forwarded)"),
                new Case("translated", Flows.of(translated, Direction.OUTBOUND, curl), " out" + CURL),
                new Case("netns", Flows.of(elsewhere, Direction.OUTBOUND, curl), " out, netns blue" + CURL));
    }

    static Stream<Case> states() {
        FlowEvent http = event(Flows.HTTP);
        FlowEnd unknown =
                new FlowEnd(FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN);
        String figures = ", ended after 62.041 s, orig 420 B, reply 1288 B";
        return Stream.of(
                state("existing", of(FlowEvent.Kind.EXISTING, false), ", existing"),
                state("midstream", of(FlowEvent.Kind.NEW, true), ", midstream"),
                state("existing and midstream", of(FlowEvent.Kind.EXISTING, true), ", midstream, existing"),
                state("end", http.ended(END), figures),
                state("end without figures", http.ended(unknown), ", ended"),
                state("unseen end", http.ended(FlowEnd.unseen(300_200_000)), ", ended (not seen)"),
                state("end of a midstream flow", of(FlowEvent.Kind.NEW, true).ended(END), ", midstream" + figures));
    }

    private static Case state(String name, FlowEvent event, String text) {
        Owner curl = Flows.outbound().owner();
        return new Case(name, Flows.of(event, Direction.OUTBOUND, curl), " out" + text + CURL);
    }

    @ParameterizedTest
    @MethodSource({"directions", "states"})
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
    }

    private static String message(AttributedFlow flow) {
        StringBuilder text = new StringBuilder();
        new FlowMessage().append(text, flow);
        return text.toString();
    }
}
