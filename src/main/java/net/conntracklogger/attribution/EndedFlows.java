// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;

/**
 * Finds the owners of ended flows whose beginning an earlier process read. Uses their records, which outlive the
 * process. The owner of any other end is that of its beginning, which {@code capture} knows. Not thread-safe.
 */
final class EndedFlows {
    private final Optional<BpfOwners> bpf;
    /** The beginnings of younger flows were read by this process. */
    private final long created = System.nanoTime();

    EndedFlows(Optional<BpfOwners> bpf) {
        this.bpf = bpf;
    }

    /**
     * Reports whether an earlier process may have read the beginning of a flow. {@code began} is the
     * {@link System#nanoTime} at which the flow began.
     */
    boolean isOfEarlierProcess(FlowEvent event, long began) {
        return event.namespace() == null && began - created < 0;
    }

    /** Returns the flow, with its owner if there is a record of its beginning. */
    AttributedFlow attribute(PendingFlow flow) throws LinuxException {
        if (flow.recovered) {
            lookUp(flow, bpf.orElseThrow().records());
        }
        Direction direction = flow.turn() == RecordLookup.Turn.FIRST ? flow.direction() : null;
        Owner owner = direction == Direction.INBOUND ? flow.acceptor.owner() : flow.initiator.owner();
        if (direction == null || owner == null) {
            return unknown(flow);
        }
        Owner peer = direction == Direction.LOCAL ? flow.acceptor.owner() : null;
        return FlowAttributor.withPassage(flow, new AttributedFlow(flow.event, direction, owner, peer));
    }

    private static void lookUp(PendingFlow flow, FlowRecords records) throws LinuxException {
        long lasted = flow.event.end().duration();
        long ended = lasted == FlowEnd.UNKNOWN
                ? flow.received.nanos()
                : flow.notBefore + TimeUnit.MICROSECONDS.toNanos(lasted) + FlowAttributor.CLOCKS_NANOS;
        flow.initiator.lookUpEnded(records, flow.notBefore, ended);
        flow.acceptor.lookUpEnded(records, flow.notBefore, ended);
    }

    /**
     * Describes a flow without an owner. An end event does not say whether a TCP connection was midstream, so its
     * direction is unknown.
     */
    private static AttributedFlow unknown(PendingFlow flow) {
        Owner owner = Owner.unknown(Unattributed.BEGINNING_UNKNOWN);
        return new AttributedFlow(flow.event, flow.isTcp() ? null : flow.byAddress, owner, null);
    }
}
