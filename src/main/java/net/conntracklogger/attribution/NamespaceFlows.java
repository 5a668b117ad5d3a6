// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.rtnetlink.NamespaceAddresses;

/** Finds the owner of a flow of another network namespace, whose sockets only BPF records show. Not thread-safe. */
final class NamespaceFlows implements Closeable {
    private final Optional<NamespaceAddresses> addresses;
    private final Optional<BpfOwners> bpf;

    NamespaceFlows(Optional<NamespaceAddresses> addresses, Optional<BpfOwners> bpf) {
        this.addresses = addresses;
        this.bpf = bpf;
    }

    /** Returns the direction; null if it is not certain, as for every midstream flow. */
    Direction direction(FlowEvent event) throws LinuxException {
        return addresses.isEmpty() || event.midstream() ? null : addresses.get().direction(event);
    }

    /** Returns the flow with its owner; empty if a retry a moment later may find more. */
    Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        if (bpf.isPresent() && flow.event.namespace().inode() != 0 && !flow.event.midstream()) {
            lookUpRecords(flow, bpf.get());
            if (isWorthWaiting(flow, bpf.get())) {
                return Optional.empty();
            }
        }
        return Optional.of(
                flow.direction == Direction.FORWARDED
                        ? FlowAttributor.forwarded(flow, flow.initiator.owner(), flow.acceptor.owner())
                        : conclude(flow));
    }

    private static void lookUpRecords(PendingFlow flow, BpfOwners owners) throws LinuxException {
        NetworkNamespace namespace = flow.event.namespace();
        if (flow.direction != Direction.INBOUND) {
            boolean believesOld = flow.age() >= FlowAttributor.ACCEPTOR_PATIENCE_NANOS;
            flow.initiator.lookUp(owners.records(), namespace, flow.notBefore, believesOld);
        }
        if (flow.direction != Direction.OUTBOUND) {
            flow.acceptor.lookUp(owners.records(), namespace, flow.notBefore, true);
        }
    }

    /** If the direction is unknown, waits for each side as long as for an acceptor. */
    private static boolean isWorthWaiting(PendingFlow flow, BpfOwners owners) {
        if (flow.initiator.isOld() || flow.direction == Direction.FORWARDED) {
            return flow.initiator.isOld();
        }
        long age = flow.age();
        Protocol protocol = flow.event.original().protocol();
        boolean sends = flow.direction != Direction.INBOUND && owners.programs().recordsInitiators(protocol);
        boolean receives = flow.direction != Direction.OUTBOUND
                && !protocol.isIcmp()
                && owners.programs().recordsAcceptors();
        long patience = flow.direction == null
                ? FlowAttributor.ACCEPTOR_PATIENCE_NANOS
                : FlowAttributor.INITIATOR_PATIENCE_NANOS;
        return sends && flow.initiator.isOpen() && age < patience
                || receives && flow.acceptor.isOpen() && age < FlowAttributor.ACCEPTOR_PATIENCE_NANOS;
    }

    private static AttributedFlow conclude(PendingFlow flow) {
        Owner acceptor = flow.acceptor.owner();
        boolean received =
                flow.direction == Direction.INBOUND || flow.direction == null && flow.initiator.owner() == null;
        Owner owner = received ? acceptor : flow.initiator.owner();
        if (owner == null) {
            boolean ambiguous = flow.initiator.isAmbiguous() || received && flow.acceptor.isAmbiguous();
            owner = Owner.unknown(ambiguous ? Unattributed.AMBIGUOUS : Unattributed.OTHER_NETNS);
        }
        return new AttributedFlow(flow.event, flow.direction, owner, received ? null : acceptor);
    }

    @Override
    public void close() {
        addresses.ifPresent(NamespaceAddresses::close);
    }
}
