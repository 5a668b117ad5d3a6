// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.terminal.Screen;
import org.junit.jupiter.api.Test;

/** The span begins at 1000 s. */
class SummarizerTest {
    private static final long SECOND = 1_000_000;
    private static final TimeSpan SPAN = new TimeSpan(1000 * SECOND, 2000 * SECOND);

    private final List<FlowRow> rows = new ArrayList<>();
    private long logSince = 500;

    @Test
    void countsAFlowOnceByItsBeginAndTakesBytesFromItsEnd() throws IOException {
        add(1100, "new", "a.service", "192.0.2.1");
        add(1100, "end", "a.service", "192.0.2.1").add(JournalField.FLOW_ORIG_BYTES, "10");
        add(1200, "new", "b.service", "192.0.2.2");
        Summary summary = sum(10);
        assertEquals(2, summary.flows());
        assertEquals("a.service 1 10, b.service 1 0", text(summary.services()));
    }

    @Test
    void countsEndsIfTheLogHasNothingElse() throws IOException {
        add(1100, "end", "a.service", "192.0.2.1");
        add(1100, "end", "a.service", "192.0.2.1");
        assertEquals(2, sum(10).flows());
    }

    /** The service starts at 1150 s and at 1300 s; at 1100 s it logged the flow as new. The second flow is older than the log. */
    @Test
    void countsAnExistingFlowOnceHoweverOftenTheServiceStarts() throws IOException {
        add(1100, "new", "a.service", "192.0.2.1");
        for (int start : new int[] {1150, 1300}) {
            add(start, "existing", "a.service", "192.0.2.1").add(JournalField.FLOW_TIMESTAMP, "1100000000");
            add(start, "existing", "b.service", "192.0.2.2").add(JournalField.FLOW_TIMESTAMP, "400000000");
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
                add(start, "existing", "a.service", flow).add(JournalField.FLOW_TIMESTAMP, "400000000");
            }
        }
        Summary summary = new Summarizer(new Rows(), 10, 1).sum(FlowQuery.in(SPAN));
        assertEquals(3, summary.flows());
        assertEquals(2, summary.unchecked());
        assertTrue(SummaryJson.of(summary).contains("\"perhaps_repeated\":2,"));
        try (Moments moments = new Moments(/* utc= */ true)) {
            List<String> lines = new SummaryText(moments, new Screen(80, Screen.UNLIMITED, false), true).lines(summary);
            assertEquals("2 of them existed when the service started, and may be counted more than once", lines.get(1));
        }
        assertEquals(0, sum(10).unchecked());
        assertEquals(2, sum(10).flows());
    }

    @Test
    void countsAnExistingFlowThatBeganInAGap() throws IOException {
        add(1160, "existing", "a.service", "192.0.2.1").add(JournalField.FLOW_TIMESTAMP, "1150500000");
        assertEquals(1, sum(10).flows());
    }

    @Test
    void ranksTheLargestAndCountsTheOthers() throws IOException {
        for (int i = 0; i < 5; i++) {
            add(1100, "new", i < 3 ? "a.service" : "s" + i + ".service", "192.0.2.1");
        }
        Ranking services = sum(1).services();
        assertEquals("a.service 3 0", text(services));
        assertEquals(3, services.groups());
        assertEquals(2, services.otherFlows());
    }

    @Test
    void ranksEqualSharesByName() throws IOException {
        for (String service : List.of("b.service", "d.service", "a.service", "c.service")) {
            add(1100, "new", service, "192.0.2.1");
        }
        assertEquals("a.service 1 0, b.service 1 0, c.service 1 0", text(sum(3).services()));
    }

    @Test
    void knowsDestinationsThatAreNew() throws IOException {
        add(900, "new", "a.service", "192.0.2.1");
        add(1100, "new", "a.service", "192.0.2.1");
        add(1100, "new", "a.service", "192.0.2.2");
        Summary summary = sum(10);
        assertEquals(1, summary.firstSeen().shares().size());
        assertEquals("192.0.2.2", summary.firstSeen().shares().get(0).key().get(0));
        logSince = 1001;
        assertEquals(0, sum(10).firstSeen().shares().size());
    }

    @Test
    void countsFlowsWithoutAKnownOwnerThatHaveOne() throws IOException {
        add(1100, "new", null, "192.0.2.1").add(JournalField.PID_REASON, "process-gone");
        add(1100, "new", null, "192.0.2.1").add(JournalField.PID_REASON, "forwarded");
        add(1100, "summary", null, "192.0.2.1").add(JournalField.PID_REASON, "several");
        assertEquals(1, sum(10).unattributed());
    }

    @Test
    void writesOneObjectThatCanStandInAPage() throws IOException {
        add(1100, "new", "</script>", "192.0.2.1");
        String json = SummaryJson.of(sum(10));
        assertTrue(json.startsWith("{\"since\":1000000000,\"until\":2000000000,\"flows\":1,\"unattributed\":0,"), json);
        assertTrue(
                json.contains("\"gaps\":[{\"kind\":\"lost\",\"since\":1150000000,\"until\":1151000000,\"count\":3,"
                        + "\"where\":\"queue\"}]"),
                json);
        assertTrue(json.contains("\"buckets\":[{\"time\":1100000000,\"flows\":1,\"direction\":\"outbound\"}]"), json);
        assertTrue(json.contains("\"service\":\"\\u003c/script>\""), json);
        assertTrue(!json.contains("<"), json);
    }

    private Summary sum(int most) throws IOException {
        return new Summarizer(new Rows(), most).sum(FlowQuery.in(SPAN));
    }

    private static String text(Ranking ranking) {
        return ranking.shares().stream()
                .map(share -> share.key().get(0) + " " + share.flows() + " " + share.sent())
                .collect(Collectors.joining(", "));
    }

    private FlowRow add(long second, String event, String service, String destination) {
        FlowRow row = new FlowRow(second * SECOND, 0, 0);
        row.add(JournalField.FLOW_EVENT, event);
        row.add(JournalField.FLOW_DIRECTION, "outbound");
        row.add(JournalField.FLOW_DST, destination);
        if (service != null) {
            row.add(JournalField.PID_SERVICE, service);
        }
        rows.add(row);
        return row;
    }

    /** Counts each row by itself, which a log may do. */
    private final class Rows implements FlowLog {
        @Override
        public void flows(FlowQuery query, RowSink sink) {
            RowFilter filter = new RowFilter(query);
            List<FlowRow> latestFirst = new ArrayList<>(rows);
            Collections.reverse(latestFirst);
            latestFirst.stream().filter(filter).forEach(sink::take);
        }

        @Override
        public List<List<Totals>> totals(FlowQuery query, List<Grouping> groupings) {
            return groupings.stream().map(grouping -> rowByRow(query, grouping)).toList();
        }

        @Override
        public Set<String> values(FlowQuery query, JournalField field) {
            return rows.stream()
                    .filter(new RowFilter(query))
                    .map(row -> row.get(field))
                    .collect(Collectors.toSet());
        }

        private List<Totals> rowByRow(FlowQuery query, Grouping grouping) {
            List<Totals> totals = new ArrayList<>();
            for (FlowRow row : rows) {
                if (query.span().overlaps(row.time(), row.time())) {
                    List<String> key = new ArrayList<>();
                    grouping.by().forEach(field -> key.add(row.get(field)));
                    long bucket = grouping.bucket() == 0 ? 0 : row.time() / grouping.bucket() * grouping.bucket();
                    totals.add(new Totals(
                            key, bucket, 1, row.number(JournalField.FLOW_ORIG_BYTES, 0), 0, row.time(), row.time()));
                }
            }
            return totals;
        }

        @Override
        public List<FlowRow> notices(TimeSpan span) {
            return List.of();
        }

        @Override
        public List<Gap> miscounts(TimeSpan span) {
            return List.of();
        }

        @Override
        public Coverage coverage(TimeSpan span) {
            Gap gap = new Gap(Gap.Kind.LOST, 1150 * SECOND, 1151 * SECOND, 3, "queue");
            return new Coverage(logSince * SECOND, 2000 * SECOND, Long.MAX_VALUE, 0, true, 0, List.of(gap));
        }

        @Override
        public void close() {}
    }
}
