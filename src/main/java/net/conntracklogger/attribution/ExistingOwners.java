// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.Optional;
import net.conntracklogger.attribution.listeners.SocketSnapshot;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.linux.LinuxException;

/**
 * Finds the owners of existing flows, which have no record. Uses a snapshot of all sockets if the BPF iterator is in
 * place, otherwise sock_diag. Not thread-safe.
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

    /** Returns the owner of the socket in the host namespace that sends packets of a flow. */
    Owner initiator(PendingFlow flow) throws LinuxException {
        Owner held = heldInitiator(flow.initiator.tuple(), true);
        return held != null ? held : sockets.connected(flow.event.original());
    }

    /** Returns the owner of the socket in the host namespace that receives packets of a flow. */
    Owner acceptor(PendingFlow flow) throws LinuxException {
        Owner held = heldAcceptor(flow.acceptor.tuple(), true);
        return held != null ? held : sockets.connected(flow.event.reply());
    }

    /** Returns the owner in another namespace that sends packets of a forwarded flow; null if there is none. */
    Owner forwardedInitiator(PendingFlow flow) throws LinuxException {
        return heldInitiator(flow.initiator.containerTuple(), false);
    }

    /** Returns the owner in another namespace that receives packets of a forwarded flow; null if there is none. */
    Owner forwardedAcceptor(PendingFlow flow) throws LinuxException {
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
