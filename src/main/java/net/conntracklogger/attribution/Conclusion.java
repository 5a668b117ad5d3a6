// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.attribution.sockets.SocketFacts;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.SearchBudget;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** Concludes the attribution of a flow whose records need no more waiting. Not thread-safe. */
final class Conclusion {
    /**
     * Age of an event from which on few sockets are looked up. A lookup takes ten times as long as all else about a flow, so
     * without a limit a reader that is late would never catch up.
     */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int PARTS_WHILE_LATE = 10;

    /** A lookup of the socket that exists now. */
    @FunctionalInterface
    private interface SocketLookup {
        Owner owner() throws LinuxException;
    }

    private final LocalAddresses addresses;
    private final Optional<BpfOwners> bpf;
    private final SocketOwners sockets;
    private final SocketFacts facts;
    private final SearchBudget budget = new SearchBudget(PARTS_WHILE_LATE);

    Conclusion(LocalAddresses addresses, Optional<BpfOwners> bpf, SocketOwners sockets) {
        this.addresses = addresses;
        this.bpf = bpf;
        this.sockets = sockets;
        facts = bpf.isPresent() ? bpf.get() : SocketFacts.NONE;
    }

    /** Uses the records and, for what they lack, the sockets. */
    AttributedFlow conclude(PendingFlow flow) throws LinuxException {
        Direction direction = flow.direction();
        if (direction == null && isToEverybody(flow)) {
            return new AttributedFlow(flow.event, Direction.INBOUND, acceptor(flow), null);
        }
        if (direction == null) {
            return new AttributedFlow(flow.event, null, hostSide(flow), null);
        }
        if (direction == Direction.INBOUND && isAnswerToConnectedSocket(flow)) {
            return new AttributedFlow(flow.event.asMidstream(), null, hostSide(flow), null);
        }
        switch (flow.turn()) {
            case ANSWER -> {
                return answered(flow, direction);
            }
            case UNSURE -> {
                return unsure(flow, direction);
            }
            default -> {}
        }
        return switch (direction) {
            case OUTBOUND -> new AttributedFlow(flow.event, direction, initiator(flow), flow.acceptor.ownerOrManager());
            case LOCAL -> new AttributedFlow(flow.event, direction, initiator(flow), acceptor(flow));
            case INBOUND -> new AttributedFlow(flow.event, direction, acceptor(flow), null);
            case FORWARDED -> forwarded(flow, flow.initiator.owner(), flow.acceptor.ownerOrManager());
        };
    }

    /** A DHCP client sends from the unspecified address. If a socket of this host had sent, its record would exist. */
    private boolean isToEverybody(PendingFlow flow) {
        FlowTuple original = flow.event.original();
        return original.source().isUnspecified()
                && bpf.isPresent()
                && bpf.get().programs().recordsInitiators(original.protocol())
                && addresses.receives(original.destination());
    }

    /**
     * Reports whether a connected UDP socket received the packet, but no flow's first packet. The socket sent before
     * tracking, or its flow timed out.
     */
    private boolean isAnswerToConnectedSocket(PendingFlow flow) throws LinuxException {
        return !flow.acceptor.isSeen()
                && bpf.isPresent()
                && bpf.get().programs().recordsAcceptors()
                && sockets.isConnectedUdp(flow.event.reply());
    }

    /**
     * Describes a UDP flow whose first tracked packet is an answer. The side that receives the packet began the flow.
     */
    private AttributedFlow answered(PendingFlow flow, Direction direction) throws LinuxException {
        FlowEvent event = flow.event.reversed().asMidstream();
        return switch (direction) {
            case OUTBOUND -> new AttributedFlow(event, Direction.INBOUND, initiator(flow), null);
            case INBOUND -> new AttributedFlow(event, Direction.OUTBOUND, acceptor(flow), null);
            default -> new AttributedFlow(event, direction, acceptor(flow), initiator(flow));
        };
    }

    /**
     * Describes a UDP flow whose first tracked packet may be an answer. The packet that it answers was sent before the
     * programs were loaded. The side that began the flow is unknown.
     */
    private AttributedFlow unsure(PendingFlow flow, Direction direction) throws LinuxException {
        FlowEvent event = flow.event.asMidstream();
        return switch (direction) {
            case OUTBOUND -> new AttributedFlow(event, null, initiator(flow), null);
            case INBOUND -> new AttributedFlow(event, null, acceptor(flow), null);
            default -> new AttributedFlow(event, direction, initiator(flow), acceptor(flow));
        };
    }

    /** Describes a flow of another network namespace, of whose sockets only records are known. */
    static AttributedFlow concludeElsewhere(PendingFlow flow) {
        Owner acceptor = flow.acceptor.owner();
        boolean received = flow.initiator.owner() == null && flow.direction() != Direction.OUTBOUND;
        Owner owner = received ? acceptor : flow.initiator.owner();
        if (owner == null) {
            boolean ambiguous = flow.initiator.isAmbiguous() || received && flow.acceptor.isAmbiguous();
            owner = Owner.unknown(ambiguous ? Unattributed.AMBIGUOUS : Unattributed.OTHER_NETNS);
        }
        Owner peer = received ? null : acceptor;
        if (flow.turn() == RecordLookup.Turn.FIRST) {
            return new AttributedFlow(flow.event, flow.direction(), owner, peer);
        }
        Direction direction = flow.direction() == Direction.LOCAL ? Direction.LOCAL : null;
        return new AttributedFlow(flow.event.asMidstream(), direction, owner, peer);
    }

    private Owner initiator(PendingFlow flow) throws LinuxException {
        if (flow.initiator.isAmbiguous() || flow.begunByKernel) {
            return Owner.unknown(flow.begunByKernel ? Unattributed.KERNEL : Unattributed.AMBIGUOUS);
        }
        Owner recorded = flow.initiator.owner();
        return recorded != null
                ? recorded
                : lookUp(
                        flow,
                        () -> sockets.initiator(flow.event.original(), flow.notBefore, flow.around, flow.received));
    }

    private Owner lookUp(PendingFlow flow, SocketLookup lookup) throws LinuxException {
        if (!isLate(flow)) {
            return lookup.owner();
        }
        if (!budget.allows()) {
            return Owner.unknown(Unattributed.SEARCH_LIMIT);
        }
        long began = System.nanoTime();
        try {
            return lookup.owner();
        } finally {
            budget.spend(began);
        }
    }

    private static boolean isLate(PendingFlow flow) {
        return System.nanoTime() - flow.around > LATE_NANOS;
    }

    private Owner acceptor(PendingFlow flow) throws LinuxException {
        if (flow.acceptor.isAmbiguous()) {
            return Owner.unknown(Unattributed.AMBIGUOUS);
        }
        Owner recorded = flow.acceptor.ownerOrManager();
        return recorded != null
                ? recorded
                : lookUp(
                        flow,
                        () -> sockets.acceptor(
                                flow.event.reply(), flow.notBefore, flow.received, flow.acceptor.socket(), facts));
    }

    /** Describes a flow through this host, perhaps from or to a container on it. The owners may be null. */
    static AttributedFlow forwarded(PendingFlow flow, Owner initiator, Owner acceptor) {
        if (flow.initiator.isAmbiguous()) {
            return new AttributedFlow(flow.event, Direction.FORWARDED, Owner.unknown(Unattributed.AMBIGUOUS), acceptor);
        }
        Owner owner = initiator != null ? initiator : acceptor;
        Owner peer = initiator != null ? acceptor : null;
        Unattributed reason = flow.acceptor.isAmbiguous() ? Unattributed.AMBIGUOUS : Unattributed.FORWARDED;
        return new AttributedFlow(flow.event, Direction.FORWARDED, owner != null ? owner : Owner.unknown(reason), peer);
    }

    /** Returns the owner of the only side on this host. The initiator of the flow is unknown. */
    Owner hostSide(PendingFlow flow) throws LinuxException {
        FlowTuple original = flow.event.original();
        FlowTuple reply = flow.event.reply();
        boolean fromHost = addresses.contains(original.source());
        boolean toHost = addresses.contains(reply.source());
        if (fromHost == toHost) {
            return Owner.unknown(fromHost ? Unattributed.MIDSTREAM : Unattributed.FORWARDED);
        }
        FlowTuple side = fromHost ? original : reply;
        return flow.event.kind() == FlowEvent.Kind.EXISTING
                ? sockets.connected(side)
                : lookUp(flow, () -> sockets.midstream(side, flow.notBefore));
    }
}
