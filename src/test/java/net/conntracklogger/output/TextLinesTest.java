// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Obstacle;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.TimeFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The lines of {@code run --output=text}. */
class TextLinesTest {
    private final ByteArrayOutputStream flows = new ByteArrayOutputStream();
    private final ByteArrayOutputStream notices = new ByteArrayOutputStream();

    @Test
    void writesTheLineOfTheOriginalTool() throws IOException {
        assertEquals(
                "1795451954: ipv4/tcp 192.168.0.12/34870 > 195.24.232.208/80 :: 28865 1000:100"
                        + " /system.slice/cron.service :: curl -s http://example.org\n",
                line(FlowFormat.DEFAULT, Flows.outbound()));
    }

    @Test
    void marksUnknownValues() throws IOException {
        assertEquals(
                "1795451954: ipv4/tcp 192.168.0.12/34870 > 195.24.232.208/80 :: ? -:- - :: -\n",
                line(FlowFormat.DEFAULT, Flows.outbound(Unattributed.PROCESS_GONE)));
        AttributedFlow ping = Flows.of(
                Flows.event(Flows.ping("192.0.2.1", "198.51.100.7", 8)),
                Direction.OUTBOUND,
                Owner.unknown(Unattributed.KERNEL));
        assertEquals(
                "1795451954: ipv4/icmp 192.0.2.1/- > 198.51.100.7/- :: ? -:- - :: -\n", line(FlowFormat.DEFAULT, ping));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {FLOW_DIRECTION} {PID_SERVICE}   | outbound cron.service
                    {FLOW_ICMP_TYPE}{PID_CONTAINER}  | --
                    {{{PID}}} {{PID}} }} {{          | {28865} {PID} } {
                    a}b                              | a}b
                    no placeholder                   | no placeholder
                    {PID}{PID}                       | 2886528865
                    """)
    void replacesPlaceholders(String format, String line) throws IOException {
        assertEquals(line + "\n", line(format, Flows.outbound()));
    }

    @ParameterizedTest
    @CsvSource({
        "{ts},1795451954",
        "{ev.proto},ipv4/tcp",
        "{ev.src},192.168.0.12",
        "{ev.sport},34870",
        "{ev.dst},195.24.232.208",
        "{ev.dport},80",
        "{info.pid},28865",
        "{info.uid},1000",
        "{info.gid},100",
        "{info.service},/system.slice/cron.service",
        "{info.cmdline},curl -s http://example.org"
    })
    void knowsThePlaceholdersOfTheOriginalTool(String placeholder, String value) throws IOException {
        assertEquals(value + "\n", line(placeholder, Flows.outbound()));
    }

    @Test
    void knowsEveryJournalField() throws IOException {
        for (JournalField field : JournalField.values()) {
            assertTrue(line("{" + field + "}", Flows.outbound()).length() > 1, field::toString);
        }
    }

    @Test
    void marksAnUnknownTime() throws IOException {
        FlowEvent event = Flows.event(Flows.HTTP);
        FlowEvent untimed =
                new FlowEvent(event.kind(), event.id(), event.original(), event.reply(), 0, 0, false, 0, null, null);
        AttributedFlow flow = Flows.of(untimed, Direction.OUTBOUND, Owner.unknown(Unattributed.KERNEL));
        assertEquals("-\n", line("{ts}", flow));
    }

    @Test
    void separatesSeveralValuesBySpaces() throws IOException {
        List<DestinationName> names =
                List.of(new DestinationName(RawText.of("a.test"), 0), new DestinationName(RawText.of("b.test"), 0));
        assertEquals("a.test b.test\n", line("{FLOW_DNAME}", Flows.outbound().withNames(names)));
    }

    @Test
    void writesAnEmptyLineForAnEmptyFormat() throws IOException {
        assertEquals("\n", line("", Flows.outbound()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{pid}", "{info.user}", "{}", "{ PID}", "x {EV.SRC} y", "{ts:%s}"})
    void namesAnUnknownPlaceholder(String format) {
        String name = format.substring(format.indexOf('{'), format.indexOf('}') + 1);
        String message = assertThrows(IllegalArgumentException.class, () -> FlowFormat.parse(format))
                .getMessage();
        assertTrue(message.startsWith("unknown placeholder " + name + "; use {ts}, {ev.proto}, "), message);
    }

    @ParameterizedTest
    @CsvSource({"{PID,1", "a {ts,3", "{{{,3"})
    void reportsWhereABraceIsNotClosed(String format, int position) {
        assertEquals(
                "'{' at position " + position + " is not closed; add '}', or write '{{' for a brace",
                assertThrows(IllegalArgumentException.class, () -> FlowFormat.parse(format))
                        .getMessage());
    }

    /** Bytes that a terminal obeys are escaped. */
    @Test
    void escapesControlCharacters() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        RawText hostile = RawText.copyOf(all, 0, all.length);
        String ascii =
                line("{PID_COMM} {info.cmdline}", Flows.outbound(Flows.process(hostile, Flows.commandLine(all))));
        assertTrue(ascii.matches("[ -~]*\n"), ascii);
        RawText bidi = RawText.of("\u202egnp.exe\u0085\u009b2J");
        assertEquals(
                "\\xe2\\x80\\xaegnp.exe\\xc2\\x85\\xc2\\x9b2J x \"\\342\\200\\256gnp.exe\\302\\205\\302\\2332J\"\n",
                line(
                        "{PID_COMM} {info.cmdline}",
                        Flows.outbound(Flows.process(bidi, Flows.commandLine("x", "\u202egnp.exe\u0085\u009b2J")))));
    }

    @Test
    void formatsTimes() throws IOException {
        assertEquals("2026\n", line("{ts}", "%Y", Flows.outbound()));
        assertEquals("1795451954 %\n", line("{ts}", "%s %%", Flows.outbound()));
        assertThrows(IllegalArgumentException.class, () -> new TimeFormat("%c".repeat(200)).close());
    }

    @Test
    void writesLossesToTheOtherStream() throws IOException {
        assertEquals("", line(FlowFormat.DEFAULT, new Loss(Loss.Place.QUEUE, 2, 5, 9)));
        assertEquals("2 records lost: the queue was full\n", notices.toString(StandardCharsets.UTF_8));
    }

    @Test
    void writesRefusedAttemptsToTheOtherStream() throws IOException {
        AttributedFlow refused = Flows.of(
                        FlowEvent.refused(Flows.HTTP, Flows.BEGAN),
                        Direction.OUTBOUND,
                        Owner.unknown(Unattributed.KERNEL))
                .withPassage(new Passage(null, false, Obstacle.NETFILTER));
        assertEquals("", line(FlowFormat.DEFAULT, refused));
        assertEquals(
                "tcp 192.168.0.12:34870 > 195.24.232.208:80 out, refused (netfilter), no process (kernel)\n",
                notices.toString(StandardCharsets.UTF_8));
    }

    @Test
    void reportsAClosedReaderAsUnread() {
        OutputStream unread = new JsonLinesTest.EndedOutput(Errno.EPIPE);
        PrintStream err = new PrintStream(notices, true, StandardCharsets.UTF_8);
        try (TextLines lines = new TextLines(unread, err, FlowFormat.parse(FlowFormat.DEFAULT), new TimeFormat("%s"))) {
            ObservationEntry entry = new ObservationEntry(lines);
            assertTrue(assertThrows(OutputEndedException.class, () -> entry.write(Flows.outbound()))
                    .isUnread());
        }
    }

    private String line(String format, Observation observation) throws IOException {
        return line(format, "%s", observation);
    }

    private String line(String format, String timeFormat, Observation observation) throws IOException {
        PrintStream err = new PrintStream(notices, true, StandardCharsets.UTF_8);
        try (TextLines lines = new TextLines(flows, err, FlowFormat.parse(format), new TimeFormat(timeFormat))) {
            new ObservationEntry(lines).write(observation);
            String written = flows.toString(StandardCharsets.UTF_8);
            flows.reset();
            return written;
        }
    }
}
