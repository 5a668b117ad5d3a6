// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.Optional;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.rtnetlink.LocalAddresses;
import net.conntracklogger.rtnetlink.NamespaceAddresses;

/**
 * Finds the owner of a flow. Uses the BPF record of its first packet if there is one, otherwise the sockets that exist when
 * the event is read. Existing flows are attributed by sockets only; end events are not attributed. Not thread-safe.
 */
public final class FlowAttributor implements Closeable {
    /**
     * Maximum wait for the record of an initiator, in nanoseconds. conntrack sees the first packet before it leaves and the
     * packet is recorded when it leaves: on a busy host the sender may lose its CPU in between.
     */
    static final long INITIATOR_PATIENCE_NANOS = 100_000_000;
    /** Maximum wait for the record of an acceptor, in nanoseconds: the kernel hands a received packet on without a break. */
    static final long ACCEPTOR_PATIENCE_NANOS = 20_000_000;
    /** Maximum wait for a service to start and to take its socket from the service manager, in nanoseconds. */
    private static final long MANAGER_PATIENCE_NANOS = 100_000_000;

    private final LocalAddresses addresses;
    private final Optional<BpfOwners> bpf;
    private final SocketOwners sockets;
    private final MidstreamFlows midstream;
    private final NamespaceFlows namespaces;
    private final ExistingOwners existing;

    /**
     * Puts the layers together.
     *
     * @param addresses closed with this
     * @param elsewhere addresses of other network namespaces, closed with this; empty if their flows get no direction
     * @param bpf empty without the BPF layer: then only sockets are looked up, at once
     */
    public FlowAttributor(
            LocalAddresses addresses,
            Optional<NamespaceAddresses> elsewhere,
            Optional<BpfOwners> bpf,
            SocketOwners sockets) {
        this.addresses = addresses;
        this.bpf = bpf;
        this.sockets = sockets;
        midstream = new MidstreamFlows(addresses, sockets);
        namespaces = new NamespaceFlows(elsewhere, bpf);
        existing = new ExistingOwners(bpf, sockets);
    }

    /**
     * Starts the attribution of one event.
     *
     * @param notBefore the flow began after this {@link System#nanoTime()}, which is CLOCK_MONOTONIC
     * @param around the flow began hardly before this time: earlier by no more than a thread takes to wake up
     */
    public PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException {
        if (event.namespace() != null) {
            Direction direction = namespaces.direction(event);
            return new PendingFlow(event, direction, addresses, notBefore, around, System.nanoTime());
        }
        MidstreamFlows.Course course = event.midstream()
                ? midstream.course(event)
                : new MidstreamFlows.Course(event, addresses.direction(event));
        return new PendingFlow(course.event(), course.direction(), addresses, notBefore, around, System.nanoTime());
    }

    /**
     * Surveys the sockets, so that those older than a flow are known. Does nothing if all BPF programs are in place. To be
     * called regularly.
     */
    public void survey() throws LinuxException {
        if (bpf.isEmpty() || !bpf.get().programs().isComplete()) {
            sockets.survey().updateIfDue();
        }
    }

    /** Returns the flow with its owner; empty if a retry a moment later may find more. */
    public Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        return switch (flow.event.kind()) {
            case NEW -> flow.event.namespace() == null ? begun(flow) : namespaces.attribute(flow);
            case EXISTING -> Optional.of(existing(flow));
            case END -> Optional.of(ended(flow));
        };
    }

    /** An end event does not say whether a TCP connection was midstream, so its direction is unknown. */
    private static AttributedFlow ended(PendingFlow flow) {
        boolean tcp = flow.event.original().protocol().equals(Protocol.TCP);
        Owner owner = Owner.unknown(Unattributed.BEGINNING_UNKNOWN);
        return new AttributedFlow(flow.event, tcp ? null : flow.direction, owner, null);
    }

    private Optional<AttributedFlow> begun(PendingFlow flow) throws LinuxException {
        // No record exists of the beginning of a midstream flow.
        if (bpf.isPresent() && flow.direction != null && !flow.event.midstream()) {
            lookUpRecords(flow, bpf.get());
            if (isWorthWaiting(flow, bpf.get())) {
                return Optional.empty();
            }
            countEvicted(flow, bpf.get());
        }
        return Optional.of(conclude(flow));
    }

    private AttributedFlow existing(PendingFlow flow) throws LinuxException {
        if (flow.direction == null) {
            return new AttributedFlow(flow.event, null, hostSide(flow), null);
        }
        return switch (flow.direction) {
            case OUTBOUND -> new AttributedFlow(flow.event, flow.direction, existing.initiator(flow), null);
            case LOCAL ->
                new AttributedFlow(flow.event, flow.direction, existing.initiator(flow), existing.acceptor(flow));
            case INBOUND -> new AttributedFlow(flow.event, flow.direction, existing.acceptor(flow), null);
            case FORWARDED -> forwarded(flow, existing.forwardedInitiator(flow), existing.forwardedAcceptor(flow));
        };
    }

    /** Frees what only existing flows need. To be called when all of them are attributed. */
    public void endExisting() {
        existing.close();
    }

    /** Looks up the sides that are on this host or may be in a container on it. */
    private static void lookUpRecords(PendingFlow flow, BpfOwners owners) throws LinuxException {
        if (flow.direction != Direction.INBOUND) {
            // An old record is believed if it still stands when any that could replace it would have come.
            boolean believesOld = flow.age() >= ACCEPTOR_PATIENCE_NANOS;
            flow.initiator.lookUp(owners.records(), flow.notBefore, believesOld);
        }
        if (flow.direction != Direction.OUTBOUND) {
            flow.acceptor.lookUp(owners.records(), flow.notBefore, true);
        }
    }

    /** Counts the flow as evicted if a record existed but the LRU map dropped it; at most once a flow. */
    private static void countEvicted(PendingFlow flow, BpfOwners owners) {
        boolean initiator = flow.direction != Direction.INBOUND
                && flow.initiator.owner() == null
                && !flow.initiator.isAmbiguous()
                && flow.initiator.countEvicted(owners.records(), flow.notBefore);
        if (!initiator
                && flow.direction != Direction.OUTBOUND
                && flow.acceptor.isOpen()
                && flow.acceptor.manager() == null
                && !flow.acceptor.isAmbiguous()) {
            flow.acceptor.countEvicted(owners.records(), flow.notBefore);
        }
    }

    private static boolean isWorthWaiting(PendingFlow flow, BpfOwners owners) {
        long age = flow.age();
        Protocol protocol = flow.event.original().protocol();
        boolean sends = (flow.direction == Direction.OUTBOUND || flow.direction == Direction.LOCAL)
                && owners.programs().recordsInitiators(protocol);
        if (flow.initiator.isOld() || sends && flow.initiator.isOpen() && age < INITIATOR_PATIENCE_NANOS) {
            return true;
        }
        if (flow.acceptor.manager() != null) {
            return age < MANAGER_PATIENCE_NANOS;
        }
        // A forwarded flow may go to a container on this host.
        boolean receives = flow.direction != Direction.OUTBOUND
                && !protocol.isIcmp()
                && owners.programs().recordsAcceptors();
        return receives && flow.acceptor.isOpen() && age < ACCEPTOR_PATIENCE_NANOS;
    }

    /** Uses the records and, for what they lack, the sockets. */
    private AttributedFlow conclude(PendingFlow flow) throws LinuxException {
        if (flow.direction == null) {
            return new AttributedFlow(flow.event, null, hostSide(flow), null);
        }
        return switch (flow.direction) {
            case OUTBOUND -> new AttributedFlow(flow.event, flow.direction, initiator(flow), null);
            case LOCAL -> new AttributedFlow(flow.event, flow.direction, initiator(flow), acceptor(flow));
            case INBOUND -> new AttributedFlow(flow.event, flow.direction, acceptor(flow), null);
            case FORWARDED -> forwarded(flow, flow.initiator.owner(), flow.acceptor.ownerOrManager());
        };
    }

    private Owner initiator(PendingFlow flow) throws LinuxException {
        if (flow.initiator.isAmbiguous()) {
            return Owner.unknown(Unattributed.AMBIGUOUS);
        }
        Owner recorded = flow.initiator.owner();
        return recorded != null ? recorded : sockets.initiator(flow.event.original(), flow.notBefore, flow.around);
    }

    private Owner acceptor(PendingFlow flow) throws LinuxException {
        if (flow.acceptor.isAmbiguous()) {
            return Owner.unknown(Unattributed.AMBIGUOUS);
        }
        Owner recorded = flow.acceptor.ownerOrManager();
        return recorded != null
                ? recorded
                : sockets.acceptor(flow.event.reply(), flow.notBefore, flow.acceptor.socket());
    }

    /** Describes a flow through this host, perhaps from or to a container on it. The owners may be null. */
    static AttributedFlow forwarded(PendingFlow flow, Owner initiator, Owner acceptor) {
        if (flow.initiator.isAmbiguous()) {
            return new AttributedFlow(flow.event, flow.direction, Owner.unknown(Unattributed.AMBIGUOUS), acceptor);
        }
        Owner owner = initiator != null ? initiator : acceptor;
        Owner peer = initiator != null ? acceptor : null;
        Unattributed reason = flow.acceptor.isAmbiguous() ? Unattributed.AMBIGUOUS : Unattributed.FORWARDED;
        return new AttributedFlow(flow.event, flow.direction, owner != null ? owner : Owner.unknown(reason), peer);
    }

    /** Returns the owner of the only side on this host, of a flow whose initiator is unknown. */
    private Owner hostSide(PendingFlow flow) throws LinuxException {
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
                : sockets.midstream(side, flow.notBefore);
    }

    @Override
    public void close() {
        endExisting();
        namespaces.close();
        addresses.close();
    }
}
