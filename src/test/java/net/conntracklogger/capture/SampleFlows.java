// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;

/** The states of a flow with a given id. The beginning has an owner, the end has none. */
final class SampleFlows {
    static final Owner OWNER = Owner.of(OwnerSource.BPF, Flows.process("curl", "curl http://example.org"), null);
    static final FlowEnd END = new FlowEnd(2_000_000, 356, 5, 4405, 6);

    private SampleFlows() {}

    /** A new flow. */
    static AttributedFlow begun(long id) {
        return flow(FlowEvent.Kind.NEW, id, Flows.HTTP, Flows.BEGAN);
    }

    /** A new flow that began at this time. */
    static AttributedFlow begun(long id, long timestamp) {
        return flow(FlowEvent.Kind.NEW, id, Flows.HTTP, timestamp);
    }

    /** A new flow of another tuple. */
    static AttributedFlow other(long id) {
        return to("195.24.232.208", id);
    }

    /** A new flow to an address. */
    static AttributedFlow to(String address, long id) {
        return flow(FlowEvent.Kind.NEW, id, Flows.tcp("192.168.0.12", 34871, address, 80), Flows.BEGAN);
    }

    /** A flow that existed at start. It is unknown when it began. */
    static AttributedFlow existing(long id) {
        return flow(FlowEvent.Kind.EXISTING, id, Flows.HTTP, 0);
    }

    /** The end of a flow as its event reports it. */
    static AttributedFlow end(long id) {
        FlowEvent event = event(FlowEvent.Kind.NEW, id, Flows.HTTP, 0).ended(END);
        return new AttributedFlow(event, null, Owner.unknown(Unattributed.BEGINNING_UNKNOWN), null);
    }

    /** The end of a flow with what is known of its beginning. */
    static AttributedFlow endOf(AttributedFlow begun) {
        FlowEvent end = end(begun.event().id()).event().withBeginning(begun.event());
        return new AttributedFlow(end, begun.direction(), begun.owner(), begun.peer(), begun.names(), begun.passage());
    }

    /** A flow that lasts, as the table shows it. */
    static FlowEvent lasting(long id, long timestamp) {
        FlowEvent event = event(FlowEvent.Kind.NEW, id, Flows.HTTP, timestamp);
        return new FlowEvent(
                FlowEvent.Kind.PROGRESS,
                id,
                event.original(),
                event.reply(),
                0,
                0,
                false,
                timestamp,
                new FlowEnd(FlowEnd.UNKNOWN, 356, 5, 4405, 6),
                null);
    }

    /** The progress of a flow with what is known of its beginning. */
    static AttributedFlow progressOf(AttributedFlow begun) {
        return OpenFlows.withBeginning(lasting(begun.event().id(), 0), begun);
    }

    private static AttributedFlow flow(FlowEvent.Kind kind, long id, FlowTuple tuple, long timestamp) {
        return new AttributedFlow(event(kind, id, tuple, timestamp), Direction.OUTBOUND, OWNER, null);
    }

    private static FlowEvent event(FlowEvent.Kind kind, long id, FlowTuple tuple, long timestamp) {
        return new FlowEvent(kind, id, tuple, tuple.reversed(), 0, 0, false, timestamp, null, null);
    }
}
