// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.Optional;
import net.conntracklogger.attribution.listeners.SocketSnapshot;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;

/**
 * Finds the owners of existing flows. Uses the record of a flow that began after the programs were attached, if its lookup found
 * one. Otherwise uses a snapshot of all sockets if the BPF iterator is in place, or else sock_diag. Not thread-safe.
 */
final class ExistingOwners implements AutoCloseable {
    private final Optional<BpfOwners> bpf;
    private final SocketOwners sockets;
    private Optional<SocketSnapshot> snapshot = Optional.empty();
    private boolean taken;

    ExistingOwners(Optional<BpfOwners> bpf, SocketOwners sockets) {
        this.bpf = bpf;
        this.sockets = sockets;
    }

    /** Returns the snapshot, which is taken at the first existing flow after {@link #close}. */
    private Optional<SocketSnapshot> snapshot() throws LinuxException {
        if (!taken) {
            taken = true;
            snapshot = bpf.isPresent() ? bpf.get().snapshot() : Optional.empty();
        }
        return snapshot;
    }

    /** Returns a flow with its owner. */
    AttributedFlow attribute(PendingFlow flow, Conclusion conclusion) throws LinuxException {
        // A packet that answers an earlier one shows another direction than the table. Then only sockets count.
        boolean first = flow.turn() == RecordLookup.Turn.FIRST;
        Direction direction = first ? flow.direction() : flow.byAddress;
        Owner initiator = first ? recorded(flow.initiator) : null;
        Owner acceptor = first ? recorded(flow.acceptor) : null;
        if (direction == null) {
            return new AttributedFlow(flow.event, null, conclusion.hostSide(flow), null);
        }
        return switch (direction) {
            case OUTBOUND ->
                new AttributedFlow(flow.event, direction, initiator != null ? initiator : initiator(flow), acceptor);
            case LOCAL ->
                new AttributedFlow(
                        flow.event,
                        direction,
                        initiator != null ? initiator : initiator(flow),
                        acceptor != null ? acceptor : acceptor(flow));
            case INBOUND ->
                new AttributedFlow(flow.event, direction, acceptor != null ? acceptor : acceptor(flow), null);
            case FORWARDED ->
                Conclusion.forwarded(
                        flow,
                        initiator != null ? initiator : forwardedInitiator(flow),
                        acceptor != null ? acceptor : forwardedAcceptor(flow));
        };
    }

    /** Returns the owner by the record; null if the sockets decide. */
    private static Owner recorded(Side side) {
        boolean ambiguous = side.isAmbiguous() && !side.isOpen();
        return ambiguous ? Owner.unknown(Unattributed.AMBIGUOUS) : side.owner();
    }

    /** Returns the owner of the host namespace's socket that sends packets of a flow. */
    private Owner initiator(PendingFlow flow) throws LinuxException {
        Owner held = heldInitiator(flow.initiator.tuple(), true);
        return held != null ? held : sockets.connected(flow.event.original());
    }

    /** Returns the owner of the host namespace's socket that receives packets of a flow. */
    private Owner acceptor(PendingFlow flow) throws LinuxException {
        Owner held = heldAcceptor(flow.acceptor.tuple(), true);
        return held != null ? held : sockets.connected(flow.event.reply());
    }

    /** Returns the owner in another namespace that sends a forwarded flow's packets; null if none. */
    private Owner forwardedInitiator(PendingFlow flow) throws LinuxException {
        return heldInitiator(flow.initiator.containerTuple(), false);
    }

    /** Returns the owner in another namespace that receives a forwarded flow's packets; null if none. */
    private Owner forwardedAcceptor(PendingFlow flow) throws LinuxException {
        return heldAcceptor(flow.acceptor.tuple(), false);
    }

    private Owner heldInitiator(FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        return snapshot().isPresent() ? snapshot.get().initiator(tuple, hostNamespace) : null;
    }

    private Owner heldAcceptor(FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        return snapshot().isPresent() ? snapshot.get().acceptor(tuple, hostNamespace) : null;
    }

    /** Frees the snapshot. Called when all existing flows are attributed. */
    @Override
    public void close() {
        snapshot.ifPresent(SocketSnapshot::close);
        snapshot = Optional.empty();
        taken = false;
    }
}
