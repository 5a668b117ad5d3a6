// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.LogWitness;
import net.conntracklogger.fleet.search.CountedRun;
import net.conntracklogger.fleet.search.FleetIndex;
import net.conntracklogger.fleet.search.HostRecord;
import net.conntracklogger.fleet.search.HostSurvey;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.RowSink;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/** What is asked about all hosts when one of them needs it first. Not thread-safe. */
final class SharedFindings {
    /** A service without two counts writes them that often: the default of StatisticsSec=. */
    private static final long USUAL_INTERVAL = TimeUnit.HOURS.toMicros(1);

    private static final long SHIPPING_MICROS = TimeUnit.MINUTES.toMicros(1);

    private final FleetIndex index;
    private final HostSurvey survey;
    private final List<HostRecord> records;
    private final TimeSpan span;
    private final Map<Question, Map<String, Long>> summarised = new HashMap<>();
    private Map<CountedRun, Long> counts;
    private Map<String, Long> firstEntries;
    private Map<String, Long> lastEntries;
    private Set<String> beginning;
    private Set<String> unattributed;
    private Set<String> unnamed;

    SharedFindings(FleetIndex index, HostSurvey survey, List<HostRecord> records, TimeSpan span) {
        this.index = index;
        this.survey = survey;
        this.records = records;
        this.span = span;
    }

    /**
     * Returns how long a host may send nothing, in microseconds. It is half as long again as between its last counts,
     * and a minute.
     */
    static long patience(HostRecord record) {
        long interval = record.runs().stream()
                .mapToLong(CountedRun::interval)
                .filter(it -> it > 0)
                .max()
                .orElse(USUAL_INTERVAL);
        return interval + interval / 2 + SHIPPING_MICROS;
    }

    /** Returns the number of flows in the index between begin and end of a run. */
    long flows(CountedRun run) throws IOException {
        if (counts == null) {
            Map<CountedRun, Long> found = new HashMap<>();
            List<CountedRun> runs = new ArrayList<>();
            List<String> conditions = new ArrayList<>();
            for (HostRecord record : records) {
                for (CountedRun one : record.runs()) {
                    runs.add(one);
                    conditions.add(HostSurvey.flowsBetween(
                            record.host(), one.begin().time(), one.end().time()));
                }
            }
            List<Long> numbers = index.counts(conditions);
            for (int i = 0; i < runs.size(); i++) {
                found.put(runs.get(i), numbers.get(i));
            }
            counts = found;
        }
        return counts.get(run);
    }

    /** Returns the time of a host's last entry. Only hosts that seem silent are asked for flows, which are many. */
    long lastEntry(HostRecord host, long now) throws IOException {
        if (lastEntries == null) {
            List<HostRecord> seeming = records.stream()
                    .filter(record -> now - record.last() > patience(record))
                    .toList();
            long since = seeming.stream().mapToLong(HostRecord::last).min().orElse(now);
            lastEntries = survey.lastEntries(ids(seeming), since);
        }
        return Math.max(host.last(), lastEntries.getOrDefault(host.host().id(), 0L));
    }

    /** Returns the time of a host's first entry, likewise. */
    long firstEntry(HostRecord host) throws IOException {
        if (firstEntries == null) {
            List<HostRecord> seeming = records.stream()
                    .filter(record -> span.since() > 0 && record.first() > span.since())
                    .toList();
            long until = seeming.stream().mapToLong(HostRecord::first).max().orElse(0);
            firstEntries = survey.firstEntries(ids(seeming), until);
        }
        return Math.min(host.first(), firstEntries.getOrDefault(host.host().id(), Long.MAX_VALUE));
    }

    private static List<String> ids(List<HostRecord> hosts) {
        return hosts.stream().map(record -> record.host().id()).toList();
    }

    /** Reports whether the index has the begin of a host's flow about the span. */
    boolean logsBegins(Host host) throws IOException {
        if (beginning == null) {
            beginning = new HashSet<>(survey.hostsWithBegins());
        }
        return beginning.contains(host.id());
    }

    /** Returns how many flows summaries of a host count that a question may mean. */
    long summarised(Question question, Host host) throws IOException {
        Map<String, Long> found = summarised.get(question);
        if (found == null) {
            found = summarised(question);
            summarised.put(question, found);
        }
        return found.getOrDefault(host.id(), 0L);
    }

    private Map<String, Long> summarised(Question question) throws IOException {
        Map<String, Long> flows = new HashMap<>();
        RowFilter filter = new RowFilter(question.query());
        RowSink sink = row -> {
            if (filter.mayBeIn(row)) {
                flows.merge(row.host().id(), LogWitness.counted(row), Long::sum);
            }
            return true;
        };
        index.flows(List.of(FlowQuery.in(question.span()).withEvent(FlowSummary.EVENT)), List.of(sink));
        return flows;
    }

    boolean hasUnattributed(Host host) throws IOException {
        if (unattributed == null) {
            unattributed = new HashSet<>(
                    survey.hostsLacking(span, PID.name(), PID_REASON.name(), List.copyOf(LogWitness.CERTAIN_REASONS)));
        }
        return unattributed.contains(host.id());
    }

    boolean hasUnnamed(Host host) throws IOException {
        if (unnamed == null) {
            unnamed = new HashSet<>(
                    survey.hostsLacking(span, FLOW_DNAME.name(), FLOW_DIRECTION.name(), List.of("inbound")));
        }
        return unnamed.contains(host.id());
    }
}
