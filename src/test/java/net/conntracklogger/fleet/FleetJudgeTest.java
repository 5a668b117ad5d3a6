// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.answer.Witness;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FleetJudgeTest {
    /** 2026-11-23 02:14:00 UTC. */
    private static final long TIME = 1_795_400_040_000_000L;

    private static final long SECOND = 1_000_000;
    private static final String INNER = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    private static final String OUTER = "1:BBBBBBBBBBBBBBBBBBBBBBBBBBB=";
    private static final Criterion ADDRESS = new Criterion.Address(AddressText.parse("203.0.113.7"));

    private final Moments moments = new Moments(/* utc= */ true);
    private final Logs logs = new Logs();

    @AfterEach
    void close() {
        moments.close();
    }

    /** Logs with the rows and hosts of a test. */
    private static final class Logs implements FleetLog {
        private final List<FlowRow> rows = new ArrayList<>();
        private final List<HostLog> hosts = new ArrayList<>();

        @Override
        public List<FoundFlows> flows(List<FlowQuery> queries, int most) {
            return queries.stream()
                    .map(query -> new FoundFlows(
                            rows.stream().filter(new RowFilter(query)).toList(), true))
                    .toList();
        }

        @Override
        public List<HostLog> hosts(TimeSpan span) {
            return hosts;
        }

        @Override
        public void close() {}
    }

    /** A host whose log reaches from an hour before the time to a minute after it. */
    private record Known(long since, List<Gap> gaps, List<Gap> miscounts, List<Doubt> doubts) implements Witness {
        @Override
        public Coverage coverage(TimeSpan span) {
            List<Gap> there = gaps.stream().filter(gap -> gap.overlaps(span)).toList();
            return new Coverage(since, TIME + 60 * SECOND, Long.MAX_VALUE, 0, true, TIME + 60 * SECOND, there);
        }

        @Override
        public List<Gap> miscounts(TimeSpan span) {
            return miscounts;
        }

        @Override
        public List<Doubt> exclusions(Question question, long since, long until) {
            return doubts;
        }

        @Override
        public boolean hasUnattributed(TimeSpan span) {
            return false;
        }

        @Override
        public boolean hasUnnamed(TimeSpan span) {
            return false;
        }

        @Override
        public long summarised(Question question, TimeSpan span) {
            return 0;
        }

        @Override
        public long summaryMicros() {
            return 0;
        }

        @Override
        public long runningSince() {
            return 0;
        }

        @Override
        public long longestWithoutCount() {
            return 60 * SECOND;
        }
    }

    private void add(String name, long since, Gap... gaps) {
        logs.hosts.add(new HostLog(new Host(name, name), new Known(since, List.of(gaps), List.of(), List.of())));
    }

    private void add(String name, Gap... gaps) {
        add(name, TIME - 3600 * SECOND, gaps);
    }

    private static Gap gap(Gap.Kind kind, long until, long count, String detail) {
        return new Gap(kind, TIME - 10 * SECOND, until, count, detail);
    }

    private FlowRow flow(String host, String id, String reply, String pid) {
        return row("new", host, id, reply, pid);
    }

    private FlowRow row(String event, String host, String id, String reply, String pid) {
        FlowRow row = new FlowRow(TIME + SECOND, 0, 0, new Host(host, host));
        row.add(JournalField.FLOW_EVENT, event);
        row.add(JournalField.FLOW_ID, host);
        row.add(JournalField.FLOW_TIMESTAMP, Long.toString(TIME));
        row.add(JournalField.FLOW_COMMUNITY_ID, id);
        if (reply != null) {
            row.add(JournalField.FLOW_REPLY_COMMUNITY_ID, reply);
        }
        if (pid == null) {
            row.add(JournalField.PID_REASON, "forwarded");
        } else {
            row.add(JournalField.PID, pid);
            row.add(JournalField.PID_COMM, "curl");
        }
        logs.rows.add(row);
        return row;
    }

    private void assertAnswer(int code, String text, Criterion criterion) throws IOException {
        Question question = new Question(List.of(criterion), new TimeSpan(TIME - 5 * SECOND, TIME + 5 * SECOND));
        FleetVerdict verdict = new FleetJudge(logs, TIME + 90 * SECOND)
                .answer(List.of(question), 100)
                .get(0);
        assertEquals(code + " " + text, verdict.exitCode() + " " + new FleetSentence(moments).of(verdict));
    }

    @Test
    void isSureIfEveryLogIsComplete() throws IOException {
        add("web1");
        add("web2");
        assertAnswer(
                4,
                "Not seen on 2 hosts: no flow of 203.0.113.7 began between 2026-11-23 02:13:55 and 02:14:05 UTC, and the"
                        + " log is complete there.",
                ADDRESS);
    }

    @Test
    void namesTheHostsThatWereBlindOrSilent() throws IOException {
        for (int i = 0; i < 1200; i++) {
            add("h" + i);
        }
        add("web12", gap(Gap.Kind.LOST, TIME + 10 * SECOND, 14_000, "kernel"));
        add("web77", gap(Gap.Kind.SILENT, Long.MAX_VALUE, Gap.UNKNOWN, ""));
        add("web78", gap(Gap.Kind.DOWN, TIME, Gap.UNKNOWN, ""));
        assertAnswer(
                5,
                "Not seen on 1,200 hosts; web12 was blind from 2026-11-23 02:13:50 to 02:14:10 UTC (kernel, 14000 records);"
                        + " web77 silent since 2026-11-23 02:13:50 UTC; web78 was blind from 2026-11-23 02:13:50 to"
                        + " 02:14:00 UTC (down).",
                ADDRESS);
    }

    @Test
    void countsGapsThatItDoesNotName() throws IOException {
        for (int i = 1; i <= 5; i++) {
            add("web" + i, gap(Gap.Kind.SILENT, Long.MAX_VALUE, Gap.UNKNOWN, ""));
        }
        String silent = " silent since 2026-11-23 02:13:50 UTC; ";
        assertAnswer(
                5,
                "Not seen, but the logs may lack it: web1" + silent + "web2" + silent + "web3" + silent
                        + "and 2 more gaps.",
                ADDRESS);
    }

    @Test
    void sumsUpDoubtsOfOneKind() throws IOException {
        for (String name : List.of("web1", "web2")) {
            Doubt excluded = new Doubt(Doubt.Kind.EXCLUDED, 0, 3);
            logs.hosts.add(new HostLog(
                    new Host(name, name), new Known(TIME - 3600 * SECOND, List.of(), List.of(), List.of(excluded))));
        }
        add("web3");
        add("web4", TIME - SECOND);
        assertAnswer(
                5,
                "Not seen on 1 host; 2 hosts: the configuration excluded 6 flows there; web4: the log does not reach back"
                        + " so far.",
                ADDRESS);
    }

    @Test
    void believesNoLogWithAnotherNumberOfFlows() throws IOException {
        Gap miscount = gap(Gap.Kind.MISCOUNTED, TIME + 60 * SECOND, 1, "");
        logs.hosts.add(new HostLog(
                new Host("web1", "web1"), new Known(TIME - 3600 * SECOND, List.of(), List.of(miscount), List.of())));
        assertAnswer(
                5,
                "Not seen, but the logs may lack it: web1: the log does not have as many flows as the service wrote from"
                        + " 2026-11-23 02:13:50 to 02:15:00 UTC.",
                ADDRESS);
    }

    /** A host that is newer than the question makes no answer doubtful, and is mentioned. */
    @Test
    void leavesOutHostsThatAreNewer() throws IOException {
        add("web1");
        add("new1", TIME + 50 * SECOND);
        assertAnswer(
                4,
                "Not seen on 1 host: no flow of 203.0.113.7 began between 2026-11-23 02:13:55 and 02:14:05 UTC, and the log"
                        + " is complete there; on 1 host the log begins after that.",
                ADDRESS);
    }

    @Test
    void isNeverSureWithoutAHost() throws IOException {
        assertAnswer(5, "Not seen, but no host has an entry from that time.", ADDRESS);
    }

    @Test
    void findsTheHostBehindAGateway() throws IOException {
        flow("gateway", INNER, OUTER, null);
        flow("web1", INNER, null, "215");
        // Another flow that has the same ports later.
        FlowRow later = new FlowRow(TIME + 3600 * SECOND, 0, 0, new Host("web2", "web2"));
        later.add(JournalField.FLOW_EVENT, "new");
        later.add(JournalField.FLOW_TIMESTAMP, Long.toString(TIME + 3600 * SECOND));
        later.add(JournalField.FLOW_COMMUNITY_ID, INNER);
        logs.rows.add(later);
        add("web1", gap(Gap.Kind.LOST, TIME + 10 * SECOND, Gap.UNKNOWN, "queue"));
        assertAnswer(
                0,
                "Found: 1 flow of " + OUTER + " began 2026-11-23 02:14:00 UTC on web1, forwarded by gateway, opened by"
                        + " curl(215); more may be missing: web1 was blind from 2026-11-23 02:13:50 to 02:14:10 UTC"
                        + " (queue).",
                new Criterion.Community(OUTER));
    }

    @Test
    void countsTheHostsOfSeveralFlows() throws IOException {
        flow("web1", INNER, null, "1");
        flow("web2", INNER, null, "2");
        assertAnswer(
                0,
                "Found: 2 flows of " + INNER + " began between 2026-11-23 02:14:00 UTC on 2 hosts.",
                new Criterion.Community(INNER));
    }

    @Test
    void saysWhatAHostRefused() throws IOException {
        row("refused", "web1", INNER, null, "1").add(JournalField.FLOW_REASON, "netfilter");
        assertAnswer(
                0,
                "Found: 1 flow of " + INNER
                        + " was refused 2026-11-23 02:14:00 UTC on web1 (netfilter), attempted by curl(1).",
                new Criterion.Community(INNER));
        flow("web2", INNER, null, "2");
        assertAnswer(
                0,
                "Found: 2 flows of " + INNER
                        + " were attempted between 2026-11-23 02:14:00 UTC on 2 hosts; 1 of them was refused.",
                new Criterion.Community(INNER));
    }

    @Test
    void countsTheFlowsOfSummaries() throws IOException {
        flow("web1", INNER, null, "1");
        FlowRow summary = flow("web1", INNER, null, "1");
        summary.add(JournalField.FLOW_COUNT, "41");
        summary.add(JournalField.FLOW_LAST, Long.toString(TIME + SECOND));
        assertAnswer(
                0,
                "Found: 42 flows of " + INNER + " began between 2026-11-23 02:14:00 and 02:14:01 UTC on web1.",
                new Criterion.Community(INNER));
    }
}
