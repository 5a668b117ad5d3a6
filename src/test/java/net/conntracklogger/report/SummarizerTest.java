// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;
import net.conntracklogger.terminal.Screen;
import org.junit.jupiter.api.Test;

/** The span begins at 1000 s. */
class SummarizerTest {
    private static final long SECOND = 1_000_000;
    private static final TimeSpan SPAN = new TimeSpan(1000 * SECOND, 2000 * SECOND);

    private final RowLog log = new RowLog();

    @Test
    void countsAFlowOnceByItsBeginAndTakesBytesFromItsEnd() throws IOException {
        log.add(1100, "new", "a.service", "192.0.2.1");
        log.add(1100, "end", "a.service", "192.0.2.1").add(FLOW_ORIG_BYTES, "10");
        log.add(1200, "new", "b.service", "192.0.2.2");
        Summary summary = sum(10);
        assertEquals(2, summary.flows());
        assertEquals("a.service 1 10, b.service 1 0", text(summary.services()));
    }

    @Test
    void countsTheLatestProgressOfAFlowWithoutAnEnd() throws IOException {
        add(1100, "new", 1, 0);
        add(1200, "progress", 1, 10);
        add(1300, "progress", 1, 25);
        add(1100, "new", 2, 0);
        add(1200, "progress", 2, 400);
        assertEquals("a.service 2 425", text(sum(10).services()));
        add(1400, "end", 1, 30);
        Summary summary = sum(10);
        assertEquals(2, summary.flows());
        assertEquals("a.service 2 430", text(summary.services()));
    }

    @Test
    void countsFlowsOfALogOfEndsAlsoBesideProgress() throws IOException {
        add(1200, "progress", 1, 10);
        add(1300, "progress", 1, 25);
        add(1400, "end", 2, 7);
        assertEquals("a.service 1 32", text(sum(10).services()));
    }

    /** Two flows, one of which is remembered. */
    @Test
    void leavesOutProgressThatMayBeCountedTwice() throws IOException {
        add(1200, "progress", 1, 10);
        add(1300, "progress", 2, 25);
        add(1400, "progress", 2, 26);
        assertEquals(
                "a.service 0 26",
                text(new Summarizer(log, 10, /* mostRemembered= */ 1, /* mostGroups= */ 100)
                        .sum(FlowQuery.in(SPAN))
                        .services()));
    }

    /** An entry of a flow that began at 1100 s. */
    private void add(long second, String event, int flow, long bytes) {
        FlowRow row = log.add(second, event, "a.service", "192.0.2.1");
        row.add(FLOW_TIMESTAMP, "1100000000");
        row.add(FLOW_ID, Integer.toString(flow));
        row.add(FLOW_ORIG_BYTES, Long.toString(bytes));
    }

    @Test
    void countsEndsIfTheLogHasNothingElse() throws IOException {
        log.add(1100, "end", "a.service", "192.0.2.1");
        log.add(1100, "end", "a.service", "192.0.2.1");
        assertEquals(2, sum(10).flows());
    }

    @Test
    void countsRefusedAttemptsApart() throws IOException {
        log.add(1100, "new", "a.service", "192.0.2.1");
        for (int i = 0; i < 3; i++) {
            log.add(1100, "refused", "b.service", "192.0.2.2");
        }
        Summary summary = sum(10);
        assertEquals(1, summary.flows());
        assertEquals("a.service 1 0", text(summary.services()));
        assertEquals(1, summary.destinations().groups());
        assertEquals("b.service 3 0", text(summary.refused()));
        assertTrue(json(summary).contains("\"refused\":[{\"flows\":3,"));
        try (Moments moments = new Moments(/* utc= */ true)) {
            List<String> lines = new SummaryText(moments, new Screen(80, Screen.UNLIMITED, false), true).lines(summary);
            assertTrue(lines.contains("Refused attempts, which are no flows"), lines::toString);
        }
    }

    @Test
    void countsEndsBesideRefusedAttempts() throws IOException {
        log.add(1100, "end", "a.service", "192.0.2.1");
        log.add(1100, "refused", "b.service", "192.0.2.2");
        assertEquals(1, sum(10).flows());
    }

    /** The service starts at 1150 s and at 1300 s; at 1100 s it logged the flow as new. The second flow is older than the log. */
    @Test
    void countsAnExistingFlowOnceHoweverOftenTheServiceStarts() throws IOException {
        log.add(1100, "new", "a.service", "192.0.2.1");
        for (int start : new int[] {1150, 1300}) {
            log.add(start, "existing", "a.service", "192.0.2.1").add(FLOW_TIMESTAMP, "1100000000");
            log.add(start, "existing", "b.service", "192.0.2.2").add(FLOW_TIMESTAMP, "400000000");
        }
        Summary summary = sum(10);
        assertEquals(2, summary.flows());
        assertEquals("a.service 1 0, b.service 1 0", text(summary.services()));
        assertEquals(
                2, summary.buckets().stream().mapToLong(Summary.Bucket::flows).sum());
    }

    /** Of two starts with the same two open flows, one flow is remembered. */
    @Test
    void saysHowManyExistingFlowsMayBeRepeats() throws IOException {
        for (int start : new int[] {1150, 1300}) {
            for (String flow : List.of("192.0.2.1", "192.0.2.2")) {
                log.add(start, "existing", "a.service", flow).add(FLOW_TIMESTAMP, "400000000");
            }
        }
        Summary summary =
                new Summarizer(log, 10, /* mostRemembered= */ 1, /* mostGroups= */ 100).sum(FlowQuery.in(SPAN));
        assertEquals(3, summary.flows());
        assertEquals(2, summary.unchecked());
        assertTrue(json(summary).contains("\"perhaps_repeated\":2,"));
        try (Moments moments = new Moments(/* utc= */ true)) {
            List<String> lines = new SummaryText(moments, new Screen(80, Screen.UNLIMITED, false), true).lines(summary);
            assertEquals("2 of them existed when the service started, and may be counted more than once", lines.get(1));
        }
        assertEquals(0, sum(10).unchecked());
        assertEquals(2, sum(10).flows());
    }

    @Test
    void countsAnExistingFlowThatBeganInAGap() throws IOException {
        log.add(1160, "existing", "a.service", "192.0.2.1").add(FLOW_TIMESTAMP, "1150500000");
        assertEquals(1, sum(10).flows());
    }

    @Test
    void ranksTheLargestAndCountsTheOthers() throws IOException {
        for (int i = 0; i < 5; i++) {
            log.add(1100, "new", i < 3 ? "a.service" : "s" + i + ".service", "192.0.2.1");
        }
        Ranking services = sum(1).services();
        assertEquals("a.service 3 0", text(services));
        assertEquals(3, services.groups());
        assertEquals(2, services.otherFlows());
    }

    @Test
    void ranksEqualSharesByName() throws IOException {
        for (String service : List.of("b.service", "d.service", "a.service", "c.service")) {
            log.add(1100, "new", service, "192.0.2.1");
        }
        assertEquals("a.service 1 0, b.service 1 0, c.service 1 0", text(sum(3).services()));
    }

    @Test
    void listsNoMorePeersThanItCanRemember() throws IOException {
        for (int i = 0; i < 20; i++) {
            log.add(1100 + i, "new", "scan.service", "192.0.2." + i);
            log.inbound(1100 + i, "web.service", "198.51.100." + i);
        }
        log.add(1050, "new", "mail.service", "203.0.113.9").add(FLOW_WATCH, "listed");
        log.add(900, "new", "mail.service", "192.0.2.1");
        Summary summary = new Summarizer(log, 3, /* mostRemembered= */ 9, /* mostGroups= */ 5).sum(FlowQuery.in(SPAN));
        assertEquals(41, summary.flows());
        assertEquals("scan.service 20 0, web.service 20 0, mail.service 1 0", text(summary.services()));
        assertEquals(3, summary.destinations().shares().size());
        assertEquals(
                41,
                summary.links().otherFlows()
                        + summary.links().shares().stream()
                                .mapToLong(Share::flows)
                                .sum());
        assertEquals("203.0.113.9 1 0", text(summary.watchHits()));
        assertTrue(summary.unlisted() >= 41 - 12, () -> summary.unlisted() + " of 41 are in no list");
        assertTrue(json(summary).contains("\"unlisted\":" + summary.unlisted()));
        assertEquals(
                41,
                summary.picture().links().stream()
                        .mapToLong(Picture.Link::flows)
                        .sum());
        assertTrue(summary.firstSeen().shares().stream()
                .noneMatch(share -> share.key().contains("*")));
    }

    @Test
    void knowsDestinationsThatAreNew() throws IOException {
        log.add(900, "new", "a.service", "192.0.2.1");
        log.add(1100, "new", "a.service", "192.0.2.1");
        log.add(1100, "new", "a.service", "192.0.2.2");
        Summary summary = sum(10);
        assertEquals(1, summary.firstSeen().shares().size());
        assertEquals("192.0.2.2", summary.firstSeen().shares().get(0).key().get(0));
        log.since = 1001;
        assertEquals(0, sum(10).firstSeen().shares().size());
    }

    @Test
    void callsADestinationNewThatWasOnlyRefusedBefore() throws IOException {
        log.add(900, "refused", "a.service", "192.0.2.1");
        log.add(1100, "new", "a.service", "192.0.2.1");
        log.add(1100, "refused", "a.service", "192.0.2.2");
        Summary summary = sum(10);
        assertEquals(1, summary.firstSeen().groups());
        assertEquals("192.0.2.1", summary.firstSeen().shares().get(0).key().get(0));
    }

    @Test
    void countsFlowsWithoutAKnownOwnerThatHaveOne() throws IOException {
        log.add(1100, "new", null, "192.0.2.1").add(PID_REASON, "process-gone");
        log.add(1100, "new", null, "192.0.2.1").add(PID_REASON, "forwarded");
        log.add(1100, "summary", null, "192.0.2.1").add(PID_REASON, "several");
        assertEquals(1, sum(10).unattributed());
    }

    @Test
    void ranksFlowsThatDemandAttention() throws IOException {
        log.add(1100, "new", "a.service", "192.0.2.1").add(FLOW_WATCH, "list");
        log.add(1100, "new", "a.service", "192.0.2.2").add(FLOW_UNEXPECTED, "yes");
        log.add(1100, "refused", "a.service", "192.0.2.3").add(FLOW_WATCH, "list");
        FlowRow inbound = log.inbound(1100, "b.service", "198.51.100.7");
        inbound.add(FLOW_WATCH, "list");
        inbound.add(FLOW_DPORT, "22");
        Summary summary = sum(10);
        assertEquals("192.0.2.1 1 0, 192.0.2.3 1 0, 198.51.100.7 1 0", text(summary.watchHits()));
        assertEquals("22", summary.watchHits().shares().get(2).key().get(1));
        assertEquals("192.0.2.2 1 0", text(summary.unexpected()));
        assertEquals("a.service 1 0", text(summary.refused()));
    }

    @Test
    void writesOneObjectThatCanStandInAPage() throws IOException {
        log.add(1100, "new", "</script>", "192.0.2.1");
        log.inbound(1101, "b.service", "198.51.100.7");
        String json = json(sum(10));
        assertTrue(
                json.startsWith(
                        "{\"made\":3000000000,\"zone\":\"UTC\",\"host\":\"host\",\"version\":\"0.9\",\"since\":1000000000,"
                                + "\"until\":2000000000,\"criteria\":[\"port 80\"],\"flows\":2,\"unattributed\":0,"),
                json);
        assertTrue(
                json.contains("\"gaps\":[{\"kind\":\"lost\",\"since\":1150000000,\"until\":1151000000,\"count\":3,"
                        + "\"where\":\"queue\"}],\"doubts\":[{\"kind\":\"not_counted\",\"time\":1900000000}]"),
                json);
        assertTrue(json.contains("\"buckets\":[{\"time\":1100000000,\"flows\":2,\"inbound\":1,\"outbound\":1}]"), json);
        assertTrue(json.contains("\"service\":\"\\u003c/script>\""), json);
        assertTrue(
                json.contains("\"links\":[{\"flows\":1,\"service\":0,\"peer\":0,\"direction\":\"outbound\"},"), json);
        assertTrue(json.contains("\"newest\":{\"fields\":[\"FLOW_EVENT\","), json);
        assertTrue(!json.contains("<"), json);
    }

    @Test
    void saysUntilWhenTheLogIsComplete() throws IOException {
        Verdict complete = new Verdict.Complete(new Question(List.of(), SPAN), SPAN.since(), 1999 * SECOND);
        assertTrue(SummaryJson.of(log.report(sum(10), complete)).contains(",\"complete_until\":1999000000,"));
    }

    /** Of a log that has doubts. */
    private String json(Summary summary) throws IOException {
        Verdict blind = new Verdict.Blind(
                new Question(List.of(), SPAN), List.of(), List.of(new Doubt(Doubt.Kind.NOT_COUNTED, 1900 * SECOND, 0)));
        return SummaryJson.of(log.report(summary, blind));
    }

    private Summary sum(int most) throws IOException {
        return new Summarizer(log, most).sum(FlowQuery.in(SPAN));
    }

    private static String text(Ranking ranking) {
        return ranking.shares().stream()
                .map(share -> share.key().get(0) + " " + share.flows() + " " + share.sent())
                .collect(Collectors.joining(", "));
    }
}
