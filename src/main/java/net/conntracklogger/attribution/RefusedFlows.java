// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.attribution.reports.RefusalRecords;
import net.conntracklogger.attribution.reports.RefusedAttempt;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackLookup;
import net.conntracklogger.rtnetlink.Link;
import net.conntracklogger.rtnetlink.LocalAddresses;

/**
 * Makes flows of the attempts that the BPF programs recorded as refused. Conntrack also drops one of two packets that begin the
 * same flow at the same time, and a packet that is dropped before conntrack sees it can belong to a known flow: so what conntrack
 * tracks was not refused. Not thread-safe.
 */
final class RefusedFlows implements Closeable {
    private final RefusalRecords records;
    private final ConntrackLookup table;

    /** Takes the records and the conntrack table, which are closed with this. */
    RefusedFlows(RefusalRecords records, ConntrackLookup table) {
        this.records = records;
        this.table = table;
    }

    /** Returns the flows that were refused and not returned yet, some hundred at most. */
    List<AttributedFlow> read(LocalAddresses addresses) throws LinuxException {
        List<AttributedFlow> flows = new ArrayList<>();
        for (RefusedAttempt attempt : records.read()) {
            if (!table.isTracked(attempt.tuple())) {
                flows.add(flow(attempt, addresses));
            }
        }
        return flows;
    }

    /** Returns the number of attempts that were not recorded since the last call. */
    long lost() throws LinuxException {
        return records.lost();
    }

    private static AttributedFlow flow(RefusedAttempt attempt, LocalAddresses addresses) {
        FlowTuple tuple = attempt.tuple();
        IpAddress source = tuple.source();
        long age = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - attempt.time());
        Direction direction = addresses.contains(tuple.destination()) ? Direction.LOCAL : Direction.OUTBOUND;
        Link link = addresses.link(attempt.device());
        Passage passage = new Passage(
                link == null ? null : link.name(),
                !source.isUnspecified() && !addresses.contains(source),
                attempt.obstacle());
        FlowEvent event = FlowEvent.refused(tuple, EpochMicros.now() - age);
        return new AttributedFlow(event, direction, attempt.owner(), null).withPassage(passage);
    }

    @Override
    public void close() {
        records.close();
        table.close();
    }
}
