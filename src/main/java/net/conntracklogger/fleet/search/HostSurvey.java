// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.fleet.template.FleetField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.output.JsonText;

/** Reads what all hosts reported about a span, in a few requests. Not thread-safe. */
public final class HostSurvey {
    /** Longest interval between statistics whose counts are found, in microseconds (StatisticsSec=). */
    private static final long LONGEST_INTERVAL = TimeUnit.HOURS.toMicros(25);

    /** Maximum number of runs of a service about a span. */
    private static final int MOST_RUNS = 100;

    private static final String NO_FLOW = FlowClauses.not(FlowClauses.exists(FLOW_EVENT.name()));
    private static final String STATISTICS = FlowClauses.exists(STAT_FLOWS.name());

    private final FleetIndex index;
    private final TimeSpan span;
    private final TimeSpan wide;

    public HostSurvey(FleetIndex index, TimeSpan span) {
        this.index = index;
        this.span = span;
        wide = new TimeSpan(
                Math.max(span.since() - LONGEST_INTERVAL, 0),
                span.until() > Long.MAX_VALUE - LONGEST_INTERVAL ? Long.MAX_VALUE : span.until() + LONGEST_INTERVAL);
    }

    /** Returns all hosts that ever sent an entry that the index still has. */
    public List<HostRecord> read() throws IOException {
        Map<String, List<FlowRow>> notices = new HashMap<>();
        for (FlowRow row : index.entries(FlowClauses.all(
                List.of(NO_FLOW, FlowClauses.not(STATISTICS), FlowClauses.exists(FleetField.MACHINE), during(wide))))) {
            notices.computeIfAbsent(row.host().id(), id -> new ArrayList<>()).add(row);
        }
        List<HostRecord> hosts = new ArrayList<>();
        for (Object bucket : index.hosts(NO_FLOW, aggregations())) {
            String id = JsonPath.text(bucket, "key", "id");
            hosts.add(record(bucket, id, notices.getOrDefault(id, List.of())));
        }
        return hosts;
    }

    /** Returns the time of the last entry of some hosts. There is none for a host without an entry since a time. */
    public Map<String, Long> lastEntries(List<String> machines, long since) throws IOException {
        return times(machines, new TimeSpan(since, Long.MAX_VALUE), "max");
    }

    /** Returns the time of the first entry of some hosts. There is none for a host without an entry before a time. */
    public Map<String, Long> firstEntries(List<String> machines, long until) throws IOException {
        return times(machines, new TimeSpan(0, until), "min");
    }

    private Map<String, Long> times(List<String> machines, TimeSpan during, String kind) throws IOException {
        Map<String, Long> times = new HashMap<>();
        if (machines.isEmpty()) {
            return times;
        }
        List<String> quoted = machines.stream().map(JsonText::quoted).toList();
        String condition = FlowClauses.all(List.of(
                "{\"terms\":{\"" + FleetField.MACHINE + "\":[" + String.join(",", quoted) + "]}}", during(during)));
        for (Object bucket : index.hosts(condition, number("time", kind, FleetField.TIME))) {
            times.put(JsonPath.text(bucket, "key", "id"), JsonPath.number(bucket, "time", "value"));
        }
        return times;
    }

    private static String during(TimeSpan span) {
        return FlowClauses.range(FleetField.TIME, span.since(), span.until());
    }

    private static String number(String name, String kind, String field) {
        return "\"" + name + "\":{\"" + kind + "\":{\"field\":\"" + field + "\"}}";
    }

    private String aggregations() {
        String last = number("last", "max", FleetField.TIME);
        String runs = "\"runs\":{\"terms\":{\"field\":\"" + STAT_SINCE + "\",\"size\":" + MOST_RUNS + "},\"aggs\":{"
                + counts("before", FlowClauses.range(FleetField.TIME, 0, span.since() + 1), "max") + ","
                + counts("after", FlowClauses.range(FleetField.TIME, span.until(), Long.MAX_VALUE), "min") + ","
                + counts("whole", STATISTICS, "max") + "," + number("first", "min", FleetField.TIME) + "}}";
        return number("first", "min", FleetField.TIME) + "," + last + ",\"name\":{\"terms\":{\"field\":\""
                + FleetField.HOST
                + "\",\"size\":1,\"order\":{\"last\":\"desc\"}},\"aggs\":{" + last + "}},\"about\":{\"filter\":"
                + FlowClauses.all(List.of(STATISTICS, during(wide))) + ",\"aggs\":{" + runs + "}}";
    }

    /** Counts only grow during a run. So the values of one entry are the least, or the most, of each field. */
    private static String counts(String name, String condition, String kind) {
        return "\"" + name + "\":{\"filter\":" + condition + ",\"aggs\":{" + number("time", kind, FleetField.TIME) + ","
                + number("flows", kind, STAT_FLOWS.name()) + "," + number("excluded", kind, STAT_EXCLUDED.name())
                + "," + number("aggregated", kind, STAT_AGGREGATED.name()) + "}}";
    }

    private HostRecord record(Object bucket, String id, List<FlowRow> notices) throws IOException {
        List<CountedRun> runs = new ArrayList<>();
        for (Object run : JsonPath.list(bucket, "about", "runs", "buckets")) {
            runs.add(run(run));
        }
        List<?> names = JsonPath.list(bucket, "name", "buckets");
        return new HostRecord(
                new Host(id, names.isEmpty() ? id : JsonPath.text(names.get(0), "key")),
                JsonPath.number(bucket, "first", "value"),
                JsonPath.number(bucket, "last", "value"),
                notices,
                runs,
                JsonPath.number(bucket, "about", "runs", "sum_other_doc_count") > 0);
    }

    private static CountedRun run(Object run) throws IOException {
        CountedRun.Count start = new CountedRun.Count(JsonPath.number(run, "key"), 0, 0, 0);
        CountedRun.Count last = count(run, "whole");
        long entries = JsonPath.number(run, "doc_count");
        long interval = entries < 2 ? 0 : (last.time() - JsonPath.number(run, "first", "value")) / (entries - 1);
        return new CountedRun(
                JsonPath.number(run, "before", "doc_count") == 0 ? start : count(run, "before"),
                JsonPath.number(run, "after", "doc_count") == 0 ? last : count(run, "after"),
                last,
                interval);
    }

    private static CountedRun.Count count(Object run, String name) throws IOException {
        return new CountedRun.Count(
                JsonPath.number(run, name, "time", "value"),
                JsonPath.number(run, name, "flows", "value"),
                JsonPath.number(run, name, "excluded", "value"),
                JsonPath.number(run, name, "aggregated", "value"));
    }

    /** Returns the number of flow events of a host between two times, both excluded. */
    public static String flowsBetween(Host host, long since, long until) {
        return FlowClauses.all(List.of(
                FlowClauses.exists(FLOW_EVENT.name()),
                FlowClauses.term(FleetField.MACHINE, host.id()),
                FlowClauses.range(FleetField.TIME, since + 1, until)));
    }

    /**
     * Returns the hosts with a flow in a span that lacks a field. Flows in which another field has one of some values
     * do not count.
     */
    public List<String> hostsLacking(TimeSpan during, String field, String other, List<String> values)
            throws IOException {
        List<String> excused =
                values.stream().map(value -> FlowClauses.term(other, value)).toList();
        String condition = FlowClauses.all(List.of(
                FlowClauses.exists(FLOW_EVENT.name()),
                during(during),
                FlowClauses.not(FlowClauses.exists(field)),
                FlowClauses.not(FlowClauses.exists(FLOW_COUNT.name())),
                FlowClauses.not(FlowClauses.any(excused))));
        return ids(condition);
    }

    /** Returns the hosts with the begin of a flow about the span. */
    public List<String> hostsWithBegins() throws IOException {
        return ids(
                FlowClauses.all(List.of(FlowClauses.term(FLOW_EVENT.name(), FlowEvent.Kind.NEW.text()), during(wide))));
    }

    private List<String> ids(String condition) throws IOException {
        List<String> ids = new ArrayList<>();
        for (Object bucket : index.hosts(condition, "")) {
            ids.add(JsonPath.text(bucket, "key", "id"));
        }
        return ids;
    }
}
