// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.delivery.QueueContents;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.process.UnitPath;

/** Flows of units, a queue, and a clock that the test sets. */
final class SummaryBed {
    static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    static final FlowEnd END = new FlowEnd(2_000_000, 100, 2, 300, 4);

    final ObservationQueue queue;
    final List<Observation> queued = new ArrayList<>();
    /** Nanoseconds. It wraps soon. */
    long now = Long.MAX_VALUE - SECOND;

    private int id;

    SummaryBed(int records) {
        queue = new ObservationQueue(records, 1 << 30, new LossLedger(), () -> now, EntryNumbers.NONE);
    }

    static Random random() {
        return new Random(1);
    }

    /** Makes a new flow of a process of a unit; its number is its conntrack id and the seconds since a fixed time. */
    AttributedFlow flow(String unit, int pid, FlowTuple tuple, Direction direction) {
        id++;
        long began = Flows.BEGAN + TimeUnit.SECONDS.toMicros(id);
        FlowEvent event =
                new FlowEvent(FlowEvent.Kind.NEW, id, tuple, tuple.reversed(), 0, 0, false, began, null, null);
        return new AttributedFlow(event, direction, owner(unit, pid), null);
    }

    AttributedFlow outbound(String unit, String destination, int port) {
        return flow(unit, 1, Flows.tcp("192.0.2.1", 1024 + id % 60_000, destination, port), Direction.OUTBOUND);
    }

    AttributedFlow inbound(String source, int port) {
        return flow("nginx.service", 1, Flows.tcp(source, 1024 + id % 60_000, "192.0.2.1", port), Direction.INBOUND);
    }

    /** Returns the end of a flow. */
    static AttributedFlow end(AttributedFlow flow) {
        return new AttributedFlow(flow.event().ended(END), flow.direction(), flow.owner(), flow.peer());
    }

    static Owner owner(String unit, int pid) {
        ControlGroup group = UnitPath.parse("/system.slice/" + unit);
        ProcessInfo curl = Flows.process("curl", "curl x");
        ProcessInfo process = new ProcessInfo(
                pid, Flows.BEGAN, 1000, 100, 1000, curl.comm(), RawText.of("/usr/bin/curl"), null, 1, 1001, null);
        return Owner.of(OwnerSource.BPF, process, group);
    }

    /** Moves what is in the queue to {@link #queued}. */
    void drain() {
        try {
            queued.addAll(QueueContents.drain(queue));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    List<FlowSummary> summaries() {
        return all(FlowSummary.class);
    }

    List<Notice> notices() {
        return all(Notice.class);
    }

    private <T> List<T> all(Class<T> kind) {
        drain();
        return queued.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
