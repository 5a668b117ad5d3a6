// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.JsonReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetIndexTest {
    private static final String SHARDS = "\"timed_out\":false,\"_shards\":{\"failed\":0}";

    private static String hit(long time) {
        return "{\"_source\":{\"_MACHINE_ID\":\"m\",\"_HOSTNAME\":\"web1\",\"__REALTIME_TIMESTAMP\":\"" + time
                + "\",\"FLOW_EVENT\":\"new\",\"FLOW_ID\":" + time
                + ",\"FLOW_DNAME\":[\"a.example\",\"b.example\"],\"OTHER\":{\"x\":1}},\"sort\":[" + time
                + ",\"m\",7,\"new\"]}";
    }

    private static String page(long from, long to) {
        return LongStream.range(from, to)
                .map(i -> to - 1 - (i - from))
                .mapToObj(FleetIndexTest::hit)
                .collect(Collectors.joining(",", "{" + SHARDS + ",\"hits\":{\"hits\":[", "]}}"));
    }

    private static List<FlowRow> ask(FakeNode node, FlowQuery query) throws IOException {
        List<FlowRow> rows = new ArrayList<>();
        SearchCluster cluster = SearchCluster.open(
                new FleetCluster(List.of(node.url()), Optional.empty(), Optional.empty()),
                Duration.ofSeconds(5),
                Duration.ofSeconds(20));
        new FleetIndex(cluster).flows(List.of(query), List.of(rows::add));
        return rows;
    }

    private static List<FlowRow> ask(FlowQuery query, UnaryOperator<String> answers) throws IOException {
        try (FakeNode node = new FakeNode(200, answers)) {
            return ask(node, query);
        }
    }

    @Test
    void readsPageByPage() throws IOException {
        UnaryOperator<String> answers = request -> {
            if (request.startsWith("{\"index\"")) {
                return "{\"responses\":[" + page(1500, 2500) + "]}";
            }
            return request.contains("\"search_after\":[1500,\"m\",7,\"new\"]") ? page(1400, 1500) : page(0, 0);
        };
        List<FlowRow> rows = ask(FlowQuery.in(TimeSpan.ALWAYS), answers);
        assertEquals(1100, rows.size());
        assertEquals(2499, rows.get(0).time());
        assertEquals(1400, rows.get(1099).time());
        assertEquals("web1", rows.get(0).host().name());
        assertEquals("2499", rows.get(0).get(JournalField.FLOW_ID));
        assertEquals(List.of("a.example", "b.example"), rows.get(0).all(JournalField.FLOW_DNAME));
    }

    /** The index may admit more than the query. */
    @Test
    void leavesOutWhatDoesNotMeetTheQuery() throws IOException {
        FlowQuery query = FlowQuery.in(TimeSpan.ALWAYS).withService(new UnitName("ssh.service"));
        assertEquals(List.of(), ask(query, request -> "{\"responses\":[" + page(0, 5) + "]}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"timed_out":true,"_shards":{"failed":0},"hits":{"hits":[]}}  | cannot search all of the index: the search took too long
            {"timed_out":false,"_shards":{"failed":1},"hits":{"hits":[]}} | cannot search all of the index: shards have failed
            {"error":{"reason":"all shards failed"},"status":503}         | cannot search all of the index: all shards failed
            {"timed_out":false,"hits":{"hits":[]}}                        | cannot read the answer of the cluster: _shards.failed is missing
            {"_shards":{"failed":0}}                                      | cannot read the answer of the cluster: hits.hits is missing
            {"_shards":{"failed":0},"hits":{"hits":[{"_source":{}}]}}     | cannot read the answer of the cluster: _MACHINE_ID is missing
            {"_shards":{"failed":0},"hits":{"hits":[{"_source":{"_MACHINE_ID":"m"}}]}} | cannot read an entry of the index: __REALTIME_TIMESTAMP is no number
            """)
    void failsRatherThanAnswersInPart(String answer, String message) {
        IOException failure = assertThrows(
                IOException.class,
                () -> ask(FlowQuery.in(TimeSpan.ALWAYS), request -> "{\"responses\":[" + answer + "]}"));
        assertEquals(message, failure.getMessage());
    }

    @Test
    void failsIfAnAnswerIsMissing() {
        assertThrows(IOException.class, () -> ask(FlowQuery.in(TimeSpan.ALWAYS), request -> "{\"responses\":[]}"));
    }

    @Test
    void asksForAllInstancesOfATemplate() {
        String clauses = FlowClauses.of(FlowQuery.in(TimeSpan.ALWAYS).withService(new UnitName("web@.service")));
        assertTrue(clauses.contains("{\"prefix\":{\"PID_USER_UNIT\":\"web@\"}}"), clauses);
    }

    /** What people ask for reaches the index as a value, whatever characters it has. */
    @Test
    void writesConditionsAsJson() throws IOException {
        FlowQuery query = FlowQuery.in(new TimeSpan(5, 9))
                .withEndpoint(new Endpoint(AddressText.parse("192.0.2.0"), 24, 443))
                .withService(new UnitName("a\"}],\\.service"))
                .withName("*.example.org")
                .withUser("ann");
        String clauses = FlowClauses.of(query);
        JsonReader.read(clauses);
        assertTrue(clauses.contains("{\"term\":{\"FLOW_DST\":\"192.0.2.0/24\"}},{\"term\":{\"FLOW_DPORT\":\"443\"}}"));
        assertTrue(clauses.contains("a\\\"}],\\\\.service"));
        assertTrue(clauses.contains("{\"range\":{\"FLOW_TIMESTAMP\":{\"gte\":-9223372036854775808,\"lt\":9}}}"));
        // PID_UID is a number: a name would be an error.
        assertTrue(!clauses.contains("PID_UID"));
    }
}
