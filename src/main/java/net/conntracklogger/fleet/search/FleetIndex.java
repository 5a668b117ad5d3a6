// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.fleet.template.FleetField;
import net.conntracklogger.fleet.template.IndexTemplate;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.output.JsonText;

/** The entries of all hosts in the index, each once. Documents are only added, so pages need no snapshot. Not thread-safe. */
public final class FleetIndex {
    private static final String INDEX = IndexTemplate.PREFIX + "*";
    private static final String JSON = "application/json";
    /** Lines of JSON, each a request or its head. */
    private static final String LINES = "application/x-ndjson";

    private static final int PAGE = 1000;
    /** Number of questions in one request, and of rows in the answer to each. */
    private static final int BATCH = 50;

    private static final int BATCH_PAGE = 100;

    private static final List<String> NEWEST_FIRST =
            List.of(FleetField.TIME, FleetField.MACHINE, JournalField.FLOW_ID.name(), JournalField.FLOW_EVENT.name());
    private static final List<String> OLDEST_FIRST =
            List.of(FleetField.TIME, FleetField.MACHINE, JournalField.MESSAGE_ID.name());

    private final SearchCluster cluster;

    public FleetIndex(SearchCluster cluster) {
        this.cluster = cluster;
    }

    /** Passes the flow events that meet queries to their sinks, the most recent entry first. */
    public void flows(List<FlowQuery> queries, List<? extends RowSink> sinks) throws IOException {
        for (int from = 0; from < queries.size(); from += BATCH) {
            List<FlowQuery> batch = queries.subList(from, Math.min(from + BATCH, queries.size()));
            int size = batch.size() == 1 ? PAGE : BATCH_PAGE;
            List<String> requests = batch.stream()
                    .map(query -> page(FlowClauses.of(query), NEWEST_FIRST, "desc", size, List.of()))
                    .toList();
            List<?> answers = searches(requests);
            for (int i = 0; i < batch.size(); i++) {
                flows(batch.get(i), answers.get(i), size, sinks.get(from + i));
            }
        }
    }

    private void flows(FlowQuery query, Object answer, int size, RowSink sink) throws IOException {
        RowFilter filter = new RowFilter(query);
        List<?> hits = JsonPath.list(answer, "hits", "hits");
        int asked = size;
        while (true) {
            for (Object hit : hits) {
                FlowRow row = IndexedEntry.row(hit);
                if (filter.test(row) && !sink.take(row)) {
                    return;
                }
            }
            if (hits.size() < asked) {
                return;
            }
            asked = PAGE;
            List<?> after = JsonPath.list(hits.get(hits.size() - 1), "sort");
            hits = JsonPath.list(
                    search(page(FlowClauses.of(query), NEWEST_FIRST, "desc", PAGE, after)), "hits", "hits");
        }
    }

    /** Returns the entries that meet a condition, the oldest first. */
    public List<FlowRow> entries(String condition) throws IOException {
        List<FlowRow> rows = new ArrayList<>();
        List<?> after = List.of();
        while (true) {
            List<?> hits = JsonPath.list(search(page(condition, OLDEST_FIRST, "asc", PAGE, after)), "hits", "hits");
            for (Object hit : hits) {
                rows.add(IndexedEntry.row(hit));
            }
            if (hits.size() < PAGE) {
                return rows;
            }
            after = JsonPath.list(hits.get(hits.size() - 1), "sort");
        }
    }

    /**
     * Returns a bucket for each host that has entries that meet a condition.
     *
     * @param aggregations what to compute for each, as JSON without the outer brackets; may be empty
     */
    List<Object> hosts(String condition, String aggregations) throws IOException {
        List<Object> buckets = new ArrayList<>();
        String after = "";
        while (true) {
            String request =
                    "{\"size\":0,\"query\":" + condition + ",\"aggs\":{\"hosts\":{\"composite\":{\"size\":" + PAGE
                            + ",\"sources\":[{\"id\":{\"terms\":{\"field\":\"" + FleetField.MACHINE + "\"}}}]" + after
                            + "},\"aggs\":{" + aggregations + "}}}}";
            Map<?, ?> answer = search(request);
            // Without any index there are no aggregations.
            if (JsonPath.at(answer, "aggregations", "hosts") == null) {
                return buckets;
            }
            List<?> page = JsonPath.list(answer, "aggregations", "hosts", "buckets");
            buckets.addAll(page);
            if (page.size() < PAGE) {
                return buckets;
            }
            String last = JsonPath.text(page.get(page.size() - 1), "key", "id");
            after = ",\"after\":{\"id\":" + JsonText.quoted(last) + "}";
        }
    }

    /** Returns the number of entries that meet each of some conditions. */
    public List<Long> counts(List<String> conditions) throws IOException {
        List<Long> counts = new ArrayList<>();
        for (int from = 0; from < conditions.size(); from += PAGE) {
            List<String> requests = conditions.subList(from, Math.min(from + PAGE, conditions.size())).stream()
                    .map(condition -> "{\"size\":0,\"track_total_hits\":true,\"query\":" + condition + "}")
                    .toList();
            for (Object answer : searches(requests)) {
                counts.add(JsonPath.number(answer, "hits", "total", "value"));
            }
        }
        return counts;
    }

    private static String page(String condition, List<String> fields, String order, int size, List<?> after) {
        List<String> sort = fields.stream()
                .map(field -> "{\"" + field + "\":\"" + order + "\"}")
                .toList();
        String rest = after.isEmpty()
                ? ""
                : ",\"search_after\":["
                        + String.join(
                                ",", after.stream().map(IndexedEntry::json).toList()) + "]";
        return "{\"size\":" + size + ",\"track_total_hits\":false,\"query\":" + condition + ",\"sort\":["
                + String.join(",", sort) + "]" + rest + "}";
    }

    private Map<?, ?> search(String request) throws IOException {
        return whole(cluster.post(
                "/" + INDEX + "/_search?allow_partial_search_results=false&ignore_unavailable=true", JSON, request));
    }

    private List<?> searches(List<String> requests) throws IOException {
        String head =
                "{\"index\":\"" + INDEX + "\",\"allow_partial_search_results\":false,\"ignore_unavailable\":true}\n";
        StringBuilder lines = new StringBuilder();
        requests.forEach(request -> lines.append(head).append(request).append('\n'));
        List<?> answers = JsonPath.list(cluster.post("/_msearch", LINES, lines.toString()), "responses");
        if (answers.size() != requests.size()) {
            throw new IOException("cannot read the answer of the cluster: it has " + answers.size() + " parts, not "
                    + requests.size());
        }
        for (Object answer : answers) {
            whole(answer);
        }
        return answers;
    }

    /** An answer of some shards, or of a search that ended early, would lack flows. */
    private static Map<?, ?> whole(Object answer) throws IOException {
        boolean early = Boolean.TRUE.equals(JsonPath.at(answer, "timed_out"));
        if (JsonPath.at(answer, "error") != null
                || early
                || JsonPath.number(answer, "_shards", "failed") > 0
                || !(answer instanceof Map<?, ?> object)) {
            Object reason = JsonPath.at(answer, "error", "reason");
            throw new IOException("cannot search all of the index: "
                    + (reason != null ? reason : early ? "the search took too long" : "shards have failed"));
        }
        return object;
    }
}
