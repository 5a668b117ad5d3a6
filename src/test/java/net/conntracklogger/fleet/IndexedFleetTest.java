// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.fleet.search.FakeNode;
import net.conntracklogger.fleet.search.FleetIndex;
import net.conntracklogger.fleet.search.SearchCluster;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.Test;

/** What the answers of a cluster mean for a host. Times are seconds after 2026-11-23 02:14:00 UTC. */
class IndexedFleetTest {
    private static final long START = 1_795_400_040_000_000L;
    private static final String SHARDS = "\"timed_out\":false,\"_shards\":{\"failed\":0}";

    private long excluded;
    /** As many as before the span: none of its flows. */
    private long aggregated = 3;

    private String summary = "";
    private int flowsInIndex = 10;
    private String begins = bucket("");
    private String notices = "";
    private long lastEntry = time(7200);
    private long lastCount = time(7200);

    private static long time(long seconds) {
        return START + seconds * 1_000_000;
    }

    private static String bucket(String more) {
        return "{\"key\":{\"id\":\"m1\"}" + more + "}";
    }

    private static String number(String name, long value) {
        // As an aggregation writes it.
        return "\"" + name + "\":{\"value\":" + value / 10 + "." + value % 10 + "E1}";
    }

    private String count(String name, long time, long flows, long excluded) {
        return "\"" + name + "\":{\"doc_count\":1," + number("time", time) + "," + number("flows", flows) + ","
                + number("excluded", excluded) + "," + number("aggregated", name.equals("before") ? 3 : aggregated)
                + "}";
    }

    /** A service that wrote statistics each hour: 5 flows by the first, 15 by the second. */
    private String host() {
        String run = "{\"key\":" + time(-100) + ",\"doc_count\":3," + number("first", time(0)) + ","
                + count("before", time(0), 5, 0) + "," + count("after", time(3600), 15, excluded) + ","
                + count("whole", lastCount, 30, excluded) + "}";
        return bucket("," + number("first", time(-100)) + "," + number("last", lastEntry)
                + ",\"name\":{\"buckets\":[{\"key\":\"web1\"}]},\"about\":{\"runs\":{\"sum_other_doc_count\":0,\"buckets\":["
                + run + "]}}");
    }

    private String answer(String request) {
        if (request.startsWith("{\"index\"")) {
            return request.lines()
                    .filter(line -> !line.startsWith("{\"index\""))
                    .map(line -> "{" + SHARDS + ",\"hits\":{\"total\":{\"value\":" + flowsInIndex + "},\"hits\":["
                            + (line.contains("\"summary\"") ? summary : "") + "]}}")
                    .collect(Collectors.joining(",", "{\"responses\":[", "]}"));
        }
        if (request.contains("composite")) {
            String buckets = request.contains("\"runs\"") ? host() : request.contains("\"time\"") ? "" : begins;
            return "{" + SHARDS + ",\"aggregations\":{\"hosts\":{\"buckets\":[" + buckets + "]}}}";
        }
        return "{" + SHARDS + ",\"hits\":{\"hits\":[" + notices + "]}}";
    }

    private void assertAnswer(String text) throws IOException {
        assertAnswer(text, 7260);
    }

    private void assertAnswer(String text, long now) throws IOException {
        Question question = new Question(List.of(new Criterion.Port(443)), new TimeSpan(time(60), time(120)));
        try (FakeNode node = new FakeNode(200, this::answer);
                Moments moments = new Moments(/* utc= */ true)) {
            FleetIndex index = new FleetIndex(SearchCluster.open(
                    new FleetCluster(List.of(node.url()), Optional.empty(), Optional.empty()),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(20)));
            FleetJudge judge = new FleetJudge(new IndexedFleet(index, time(now)), time(now));
            assertEquals(
                    text,
                    new FleetSentence(moments)
                            .of(judge.answer(List.of(question), 10).get(0)));
        }
    }

    @Test
    void isCompleteIfTheIndexHasWhatTheServiceCounted() throws IOException {
        assertAnswer(
                "Not seen on 1 host: no flow of port 443 began between 2026-11-23 02:15:00 and 02:16:00 UTC, and the"
                        + " log is complete there.");
    }

    @Test
    void lacksFlowsThatTheServiceCounted() throws IOException {
        flowsInIndex = 9;
        assertAnswer(
                "Not seen, but the logs may lack it: web1: the log does not have as many flows as the service wrote"
                        + " from 2026-11-23 02:14:00 to 03:14:00 UTC.");
    }

    @Test
    void mayLackWhatTheConfigurationExcluded() throws IOException {
        excluded = 2;
        assertAnswer("Not seen, but the logs may lack it: web1: the configuration excluded 2 flows there.");
    }

    /** A summary is found if it may count the flow; one that is not yet written is taken to come within a day. */
    @Test
    void mayLackWhatASummaryCounts() throws IOException {
        aggregated = 50;
        assertAnswer(
                "Not seen, but the logs may lack it: web1: flows after 2026-11-22 04:14:55 UTC may not be written yet.");
        long later = 2 * 24 * 3600;
        lastEntry = time(later);
        lastCount = time(later);
        assertAnswer(
                "Not seen on 1 host: no flow of port 443 began between 2026-11-23 02:15:00 and 02:16:00 UTC, and the log is"
                        + " complete there.",
                later + 60);
        summary = "{\"_source\":{\"_MACHINE_ID\":\"m1\",\"__REALTIME_TIMESTAMP\":" + time(900)
                + ",\"FLOW_EVENT\":\"summary\",\"FLOW_TIMESTAMP\":" + time(70)
                + ",\"FLOW_COUNT\":47,\"FLOW_DST\":\"192.0.2.1\"}}";
        assertAnswer(
                "Not seen, but the logs may lack it: web1: it may be one of 47 flows there that are only counted"
                        + " (Aggregate=, FloodRate=).",
                later + 60);
        summary = summary.replace(":" + time(70), ":" + time(120));
        assertAnswer(
                "Not seen on 1 host: no flow of port 443 began between 2026-11-23 02:15:00 and 02:16:00 UTC, and the log is"
                        + " complete there.",
                later + 60);
    }

    @Test
    void mayLackOpenFlowsIfOnlyEndsAreLogged() throws IOException {
        begins = "";
        assertAnswer(
                "Not seen, but the logs may lack it: web1: the log has no begin of a flow at about that time, so flows"
                        + " may be logged when they end, and it may be open.");
    }

    @Test
    void wasBlindWhereTheServiceReportsALoss() throws IOException {
        notices = "{\"_source\":{\"_MACHINE_ID\":\"m1\",\"__REALTIME_TIMESTAMP\":" + time(100)
                + ",\"LOST_WHERE\":\"kernel\",\"LOST_COUNT\":7,\"LOST_SINCE\":" + time(90) + ",\"LOST_UNTIL\":"
                + time(100) + "}}";
        assertAnswer(
                "Not seen, but the logs may lack it: web1 was blind from 2026-11-23 02:15:30 to 02:15:40 UTC (kernel, 7"
                        + " records).");
    }

    /** Its statistics come each hour, so that 91 minutes are patience enough. */
    @Test
    void isSilentAfterOneAndAHalfIntervals() throws IOException {
        lastEntry = time(30);
        assertAnswer(
                "Not seen on 1 host: no flow of port 443 began between 2026-11-23 02:15:00 and 02:16:00 UTC, and the log is"
                        + " complete there.",
                30 + 91 * 60);
        assertAnswer("Not seen, but the logs may lack it: web1 silent since 2026-11-23 02:14:30 UTC.", 30 + 92 * 60);
    }
}
