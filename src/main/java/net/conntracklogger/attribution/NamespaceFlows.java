// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.Optional;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.rtnetlink.NamespaceAddresses;

/**
 * Finds whose a flow of another network namespace is: only what the kernel noted there tells, as the sockets there are not
 * to be had from here. Not safe for use by several threads.
 */
final class NamespaceFlows implements Closeable {
    private final Optional<NamespaceAddresses> addresses;
    private final Optional<FlowRecords> kernel;

    NamespaceFlows(Optional<NamespaceAddresses> addresses, Optional<FlowRecords> kernel) {
        this.addresses = addresses;
        this.kernel = kernel;
    }

    /** Where it runs; null where that is not certain. Which end began one that was taken up in the middle is not known. */
    Direction direction(FlowEvent event) throws LinuxException {
        return addresses.isEmpty() || event.midstream() ? null : addresses.get().direction(event);
    }

    /** The flow with its owner; empty where it is worth to ask again a moment later. */
    Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        if (kernel.isPresent() && flow.event.namespace().inode() != 0 && !flow.event.midstream()) {
            ask(flow, kernel.get());
            if (isWorthWaiting(flow, kernel.get())) {
                return Optional.empty();
            }
        }
        return Optional.of(flow.direction == Direction.FORWARDED ? FlowAttributor.forwarded(flow) : conclude(flow));
    }

    /** Asks for the ends that are there, or may be. */
    private static void ask(PendingFlow flow, FlowRecords owners) throws LinuxException {
        NetworkNamespace there = flow.event.namespace();
        FlowTuple original = flow.event.original();
        if (flow.initiator == null && flow.direction != Direction.INBOUND) {
            FlowTuple sent = original.protocol().equals(Protocol.TCP) ? original : flow.taken;
            boolean believesOld = FlowAttributor.age(flow) >= FlowAttributor.ACCEPTOR_PATIENCE;
            RecordLookup found = owners.initiator(sent, there, flow.notBefore, believesOld);
            flow.initiatorAmbiguous = found instanceof RecordLookup.Ambiguous;
            flow.initiatorUnsettled = FlowAttributor.isFinal(found);
            flow.initiatorOld = found == RecordLookup.OLD;
            flow.initiator = FlowAttributor.ownerOf(found);
        }
        if (flow.acceptor == null && flow.direction != Direction.OUTBOUND) {
            RecordLookup found = owners.acceptor(flow.taken, there, flow.notBefore);
            flow.acceptorAmbiguous = found instanceof RecordLookup.Ambiguous;
            flow.acceptorUnsettled = FlowAttributor.isFinal(found);
            flow.acceptor = FlowAttributor.ownerOf(found);
        }
    }

    /** Where it is not known which ends are there, each is waited for as long as one that takes a packet in. */
    private static boolean isWorthWaiting(PendingFlow flow, FlowRecords owners) {
        if (flow.initiatorOld || flow.direction == Direction.FORWARDED) {
            return flow.initiatorOld;
        }
        long age = FlowAttributor.age(flow);
        Protocol protocol = flow.event.original().protocol();
        boolean sends = flow.direction != Direction.INBOUND && owners.notesInitiators(protocol);
        boolean takes = flow.direction != Direction.OUTBOUND && !protocol.isIcmp() && owners.notesAcceptors();
        long patience = flow.direction == null ? FlowAttributor.ACCEPTOR_PATIENCE : FlowAttributor.SENDER_PATIENCE;
        return sends && flow.initiator == null && !flow.initiatorUnsettled && age < patience
                || takes && flow.acceptor == null && !flow.acceptorUnsettled && age < FlowAttributor.ACCEPTOR_PATIENCE;
    }

    private static AttributedFlow conclude(PendingFlow flow) {
        boolean taken = flow.direction == Direction.INBOUND || flow.direction == null && flow.initiator == null;
        Owner owner = taken ? flow.acceptor : flow.initiator;
        if (owner == null) {
            boolean ambiguous = flow.initiatorAmbiguous || taken && flow.acceptorAmbiguous;
            owner = Owner.unknown(ambiguous ? Unattributed.AMBIGUOUS : Unattributed.OTHER_NETNS);
        }
        return new AttributedFlow(flow.event, flow.direction, owner, taken ? null : flow.acceptor);
    }

    @Override
    public void close() {
        addresses.ifPresent(NamespaceAddresses::close);
    }
}
