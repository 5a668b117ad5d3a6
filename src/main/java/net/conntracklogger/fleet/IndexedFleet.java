// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.answer.FlowSet;
import net.conntracklogger.fleet.search.FleetIndex;
import net.conntracklogger.fleet.search.HostRecord;
import net.conntracklogger.fleet.search.HostSurvey;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;

/**
 * The logs of all hosts in the index of a search cluster.
 *
 * @param now the time, microseconds since the epoch
 */
public record IndexedFleet(FleetIndex index, long now) implements FleetLog {
    @Override
    public List<FoundFlows> flows(List<FlowQuery> queries, int most) throws IOException {
        List<FlowSet> sets =
                Stream.generate(() -> new FlowSet(most)).limit(queries.size()).toList();
        index.flows(queries, sets);
        return sets.stream().map(FoundFlows::of).toList();
    }

    @Override
    public List<HostLog> hosts(TimeSpan span) throws IOException {
        HostSurvey survey = new HostSurvey(index, span);
        List<HostRecord> records = survey.read();
        SharedFindings findings = new SharedFindings(index, survey, records, span);
        List<HostLog> hosts = new ArrayList<>();
        for (HostRecord record : records) {
            hosts.add(new HostLog(record.host(), new IndexedWitness(record, findings, now)));
        }
        return hosts;
    }

    /** Nothing is open: connections are those of the JDK's client. */
    @Override
    public void close() {}
}
