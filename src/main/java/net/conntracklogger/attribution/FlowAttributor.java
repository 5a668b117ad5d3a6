// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.Optional;
import net.conntracklogger.attribution.listeners.SocketSnapshot;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.attribution.records.RecordLookup;
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
 * Finds whose a new flow is: from what the kernel noted while it began, where that is to be had, and else from the sockets
 * that are there when the event is read. These alone tell of flows that existed before. Of an end nothing can be found out
 * any more. Not safe for use by several threads.
 */
public final class FlowAttributor implements Closeable {
    /**
     * The first packet is tracked before it leaves, and its sender is noted as it leaves: the note can come after the
     * event, on a busy machine by as long as the sender does not get a CPU in between. In nanoseconds.
     */
    static final long SENDER_PATIENCE = 100_000_000;
    /** A packet that comes in is handed to its socket in the same go. */
    public static final long ACCEPTOR_PATIENCE = 20_000_000;
    /** What a service manager takes to start a service, and that one to take its socket over, should it be that quick. */
    private static final long MANAGER_PATIENCE = 100_000_000;

    private final LocalAddresses addresses;
    private final Optional<FlowRecords> kernel;
    private final SocketOwners sockets;
    private final MidstreamFlows midstream;
    private final NamespaceFlows elsewhere;
    /** Who holds which socket, as long as flows that existed before are taken up. */
    private Optional<SocketSnapshot> snapshot = Optional.empty();

    private boolean snapshotTaken;

    /**
     * Puts the layers together.
     *
     * @param addresses is closed with this
     * @param elsewhere those of other network namespaces, closed with this; empty where their flows have no direction
     * @param kernel empty where eBPF is not to be had: then the sockets alone are asked, at once
     */
    public FlowAttributor(
            LocalAddresses addresses,
            Optional<NamespaceAddresses> elsewhere,
            Optional<FlowRecords> kernel,
            SocketOwners sockets) {
        this.addresses = addresses;
        this.kernel = kernel;
        this.sockets = sockets;
        this.midstream = new MidstreamFlows(addresses, sockets);
        this.elsewhere = new NamespaceFlows(elsewhere, kernel);
    }

    /**
     * Takes up an event that was just read.
     *
     * @param notBefore the flow began after this {@link System#nanoTime()}, which is CLOCK_MONOTONIC
     * @param around it began hardly before this one, by no more than it takes to wake a thread
     */
    public PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException {
        if (event.namespace() != null) {
            Direction there = elsewhere.direction(event);
            return new PendingFlow(event, there, addresses, notBefore, around, System.nanoTime());
        }
        MidstreamFlows.Course course = event.midstream()
                ? midstream.course(event)
                : new MidstreamFlows.Course(event, addresses.direction(event));
        return new PendingFlow(course.event(), course.direction(), addresses, notBefore, around, System.nanoTime());
    }

    /**
     * Takes note of the sockets that are there, for flows that begin later: where the kernel notes who uses them, that is not
     * worth its time. To be called over and over.
     */
    public void survey() throws LinuxException {
        if (kernel.isEmpty() || !kernel.get().isComplete()) {
            sockets.survey().goOn();
        }
    }

    /** The flow with its owner; empty where it is worth to ask again a moment later. */
    public Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        return switch (flow.event.kind()) {
            case NEW -> flow.event.namespace() == null ? begun(flow) : elsewhere.attribute(flow);
            case EXISTING -> Optional.of(existing(flow));
            case END -> Optional.of(ended(flow));
        };
    }

    /** Whether a TCP connection was taken up in the middle is not told any more, so neither is which end began it. */
    private static AttributedFlow ended(PendingFlow flow) {
        boolean tcp = flow.event.original().protocol().equals(Protocol.TCP);
        Owner owner = Owner.unknown(Unattributed.BEGINNING_UNKNOWN);
        return new AttributedFlow(flow.event, tcp ? null : flow.direction, owner, null);
    }

    private Optional<AttributedFlow> begun(PendingFlow flow) throws LinuxException {
        // Of a flow taken up in the middle nothing was noted.
        if (kernel.isPresent() && flow.direction != null && !flow.event.midstream()) {
            askKernel(flow, kernel.get());
            if (isWorthWaiting(flow, kernel.get())) {
                return Optional.empty();
            }
            countForgotten(flow, kernel.get());
        }
        return Optional.of(conclude(flow));
    }

    /** Of a flow that existed before: whose sockets take in its packets now. */
    private AttributedFlow existing(PendingFlow flow) throws LinuxException {
        FlowEvent event = flow.event;
        if (!snapshotTaken) {
            snapshotTaken = true;
            snapshot = kernel.isPresent() ? kernel.get().snapshot() : Optional.empty();
        }
        if (flow.direction == null) {
            return new AttributedFlow(event, null, nearEnd(flow), null);
        }
        return switch (flow.direction) {
            case OUTBOUND -> new AttributedFlow(event, flow.direction, sender(flow), null);
            case LOCAL -> new AttributedFlow(event, flow.direction, sender(flow), taker(flow));
            case INBOUND -> new AttributedFlow(event, flow.direction, taker(flow), null);
            case FORWARDED -> {
                flow.initiator = snapshot.isPresent() ? snapshot.get().initiator(flow.sent, false) : null;
                flow.acceptor = snapshot.isPresent() ? snapshot.get().acceptor(flow.taken, false) : null;
                yield forwarded(flow);
            }
        };
    }

    private Owner sender(PendingFlow flow) throws LinuxException {
        Owner held = snapshot.isPresent() ? snapshot.get().initiator(flow.sent, true) : null;
        return held != null ? held : sockets.connected(flow.event.original());
    }

    private Owner taker(PendingFlow flow) throws LinuxException {
        Owner held = snapshot.isPresent() ? snapshot.get().acceptor(flow.taken, true) : null;
        return held != null ? held : sockets.connected(flow.event.reply());
    }

    /** All flows that existed before are taken up. */
    public void endExisting() {
        snapshot.ifPresent(SocketSnapshot::close);
        snapshot = Optional.empty();
    }

    /** Asks for the ends that are on this host, or may be in a container on it. */
    private void askKernel(PendingFlow flow, FlowRecords owners) throws LinuxException {
        if (flow.initiator == null && flow.direction != Direction.INBOUND) {
            // It is believed if it still stands when whatever could replace it would have come.
            boolean believesOld = age(flow) >= ACCEPTOR_PATIENCE;
            RecordLookup found = owners.initiator(flow.sent, true, flow.notBefore, believesOld);
            if (found == RecordLookup.NOTHING && !flow.fromHere) {
                found = owners.initiator(flow.sent, false, flow.notBefore, believesOld);
            }
            flow.initiatorAmbiguous = found instanceof RecordLookup.Ambiguous;
            flow.initiatorUnsettled = isFinal(found);
            flow.initiatorOld = found == RecordLookup.OLD;
            flow.initiator = ownerOf(found);
        }
        if (flow.acceptor == null && flow.direction != Direction.OUTBOUND) {
            RecordLookup found = owners.acceptor(flow.taken, true, flow.notBefore);
            if (found == RecordLookup.NOTHING && !flow.toHere) {
                found = owners.acceptor(flow.taken, false, flow.notBefore);
            }
            flow.acceptorAmbiguous = found instanceof RecordLookup.Ambiguous;
            flow.acceptorUnsettled = isFinal(found);
            flow.acceptorSocket =
                    found instanceof RecordLookup.Unsettled it ? it.socket() : RecordLookup.Unsettled.UNKNOWN;
            flow.acceptor = ownerOf(found);
            flow.manager = found instanceof RecordLookup.Awaited awaited ? awaited.manager() : null;
        }
    }

    /** Has it counted if it is for want of room in the kernel that an end was not found. */
    private static void countForgotten(PendingFlow flow, FlowRecords owners) {
        if (flow.initiator == null && !flow.initiatorAmbiguous && flow.direction != Direction.INBOUND) {
            boolean forgot = owners.forgot(flow.sent, RecordLayout.INITIATOR, true, flow.notBefore)
                    || !flow.fromHere && owners.forgot(flow.sent, RecordLayout.INITIATOR, false, flow.notBefore);
            if (forgot) {
                return; // Counted once a flow.
            }
        }
        if (flow.acceptor == null
                && flow.manager == null
                && !flow.acceptorUnsettled
                && !flow.acceptorAmbiguous
                && flow.direction != Direction.OUTBOUND
                && !owners.forgot(flow.taken, RecordLayout.ACCEPTOR, true, flow.notBefore)
                && !flow.toHere) {
            owners.forgot(flow.taken, RecordLayout.ACCEPTOR, false, flow.notBefore);
        }
    }

    static boolean isFinal(RecordLookup finding) {
        return finding instanceof RecordLookup.Unsettled it && it.lasting() || finding == RecordLookup.AMBIGUOUS;
    }

    static Owner ownerOf(RecordLookup finding) {
        return finding instanceof RecordLookup.Found found ? found.owner() : null;
    }

    static long age(PendingFlow flow) {
        return System.nanoTime() - flow.received;
    }

    private boolean isWorthWaiting(PendingFlow flow, FlowRecords owners) {
        long age = age(flow);
        boolean sends = (flow.direction == Direction.OUTBOUND || flow.direction == Direction.LOCAL)
                && owners.notesInitiators(flow.event.original().protocol());
        if (flow.initiatorOld) {
            return true;
        }
        if (sends && flow.initiator == null && !flow.initiatorUnsettled && age < SENDER_PATIENCE) {
            return true;
        }
        if (flow.manager != null) {
            return age < MANAGER_PATIENCE;
        }
        // What is forwarded may be for a container on this host.
        boolean takes = flow.direction != Direction.OUTBOUND;
        boolean listened = !flow.event.original().protocol().isIcmp() && owners.notesAcceptors();
        return takes && listened && flow.acceptor == null && !flow.acceptorUnsettled && age < ACCEPTOR_PATIENCE;
    }

    /** What the kernel noted, and for the rest what the sockets tell. */
    private AttributedFlow conclude(PendingFlow flow) throws LinuxException {
        FlowEvent event = flow.event;
        flow.acceptor = flow.acceptor != null ? flow.acceptor : flow.manager;
        if (flow.direction == null) {
            return new AttributedFlow(event, null, nearEnd(flow), null);
        }
        return switch (flow.direction) {
            case OUTBOUND -> new AttributedFlow(event, flow.direction, initiator(flow), null);
            case LOCAL -> new AttributedFlow(event, flow.direction, initiator(flow), acceptor(flow));
            case INBOUND -> new AttributedFlow(event, flow.direction, acceptor(flow), null);
            case FORWARDED -> forwarded(flow);
        };
    }

    private Owner initiator(PendingFlow flow) throws LinuxException {
        if (flow.initiatorAmbiguous) {
            return Owner.unknown(Unattributed.AMBIGUOUS);
        }
        return flow.initiator != null
                ? flow.initiator
                : sockets.initiator(flow.event.original(), flow.notBefore, flow.around);
    }

    private Owner acceptor(PendingFlow flow) throws LinuxException {
        if (flow.acceptorAmbiguous) {
            return Owner.unknown(Unattributed.AMBIGUOUS);
        }
        return flow.acceptor != null
                ? flow.acceptor
                : sockets.acceptor(flow.event.reply(), flow.notBefore, flow.acceptorSocket);
    }

    /** Through this host, from or to a container on it perhaps. */
    static AttributedFlow forwarded(PendingFlow flow) {
        if (flow.initiatorAmbiguous) {
            return new AttributedFlow(flow.event, flow.direction, Owner.unknown(Unattributed.AMBIGUOUS), flow.acceptor);
        }
        Owner owner = flow.initiator != null ? flow.initiator : flow.acceptor;
        Owner peer = flow.initiator != null ? flow.acceptor : null;
        Unattributed reason = flow.acceptorAmbiguous ? Unattributed.AMBIGUOUS : Unattributed.FORWARDED;
        return new AttributedFlow(flow.event, flow.direction, owner != null ? owner : Owner.unknown(reason), peer);
    }

    /** Of a flow that nobody knows the beginning of: the one end that is here, whichever began. */
    private Owner nearEnd(PendingFlow flow) throws LinuxException {
        FlowTuple sender = flow.event.original();
        FlowTuple receiver = flow.event.reply();
        boolean senderIsHere = addresses.contains(sender.source());
        boolean receiverIsHere = addresses.contains(receiver.source());
        if (senderIsHere == receiverIsHere) {
            return Owner.unknown(senderIsHere ? Unattributed.MIDSTREAM : Unattributed.FORWARDED);
        }
        FlowTuple near = senderIsHere ? sender : receiver;
        return flow.event.kind() == FlowEvent.Kind.EXISTING
                ? sockets.connected(near)
                : sockets.end(near, flow.notBefore);
    }

    @Override
    public void close() {
        endExisting();
        elsewhere.close();
        addresses.close();
    }
}
