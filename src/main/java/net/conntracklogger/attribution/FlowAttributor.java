// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LinuxException;

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
    private static final long SENDER_PATIENCE = 100_000_000;
    /** A packet that comes in is handed to its socket in the same go. */
    private static final long ACCEPTOR_PATIENCE = 20_000_000;

    private final LocalAddresses addresses;
    private final Optional<KernelOwners> kernel;
    private final SocketOwners sockets;
    private final MidstreamFlows midstream;

    /**
     * Puts the layers together.
     *
     * @param addresses is closed with this
     * @param kernel empty where eBPF is not to be had: then the sockets alone are asked, at once
     */
    public FlowAttributor(LocalAddresses addresses, Optional<KernelOwners> kernel, SocketOwners sockets) {
        this.addresses = addresses;
        this.kernel = kernel;
        this.sockets = sockets;
        this.midstream = new MidstreamFlows(addresses, sockets);
    }

    /**
     * Takes up an event that was just read.
     *
     * @param notBefore the flow began after this {@link System#nanoTime()}, which is CLOCK_MONOTONIC
     * @param around it began hardly before this one, by no more than it takes to wake a thread
     */
    public PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException {
        if (event.midstream()) {
            MidstreamFlows.Course course = midstream.course(event);
            return new PendingFlow(course.event(), course.direction(), notBefore, around, System.nanoTime());
        }
        return new PendingFlow(event, addresses.direction(event), notBefore, around, System.nanoTime());
    }

    /** The flow with its owner; empty where it is worth to ask again a moment later. */
    public Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        return switch (flow.event.kind()) {
            case NEW -> begun(flow);
            case EXISTING -> Optional.of(existing(flow));
            case END -> Optional.of(ended(flow));
        };
    }

    /** Whether a TCP connection was taken up in the middle is not told any more, so neither is which end began it. */
    private static AttributedFlow ended(PendingFlow flow) {
        boolean tcp = flow.event.original().protocol().equals(Protocol.TCP);
        Owner owner = Owner.unknown(NoProcess.BEGINNING_UNKNOWN);
        return new AttributedFlow(flow.event, tcp ? null : flow.direction, owner, null);
    }

    private Optional<AttributedFlow> begun(PendingFlow flow) throws LinuxException {
        // Of a flow taken up in the middle nothing was noted.
        if (kernel.isPresent() && flow.direction != null && !flow.event.midstream()) {
            askKernel(flow, kernel.get());
            if (isWorthWaiting(flow)) {
                return Optional.empty();
            }
        }
        return Optional.of(conclude(flow));
    }

    /** Only a socket with the flow's own tuple can be told to be the flow's after all that time. */
    private AttributedFlow existing(PendingFlow flow) throws LinuxException {
        FlowEvent event = flow.event;
        if (flow.direction == null) {
            return new AttributedFlow(event, null, nearEnd(flow, Long.MAX_VALUE), null);
        }
        if (flow.direction == Direction.FORWARDED) {
            return new AttributedFlow(event, flow.direction, Owner.unknown(NoProcess.FORWARDED), null);
        }
        Owner acceptor = flow.direction == Direction.OUTBOUND ? null : sockets.connected(event.reply());
        return flow.direction == Direction.INBOUND
                ? new AttributedFlow(event, flow.direction, acceptor, null)
                : new AttributedFlow(event, flow.direction, sockets.connected(event.original()), acceptor);
    }

    /** Asks for the ends that are on this host, or may be in a container on it. */
    private void askKernel(PendingFlow flow, KernelOwners owners) {
        FlowTuple original = flow.event.original();
        FlowTuple translated = flow.event.translated();
        boolean tcp = original.protocol().equals(Protocol.TCP);
        boolean fromHere = addresses.contains(original.source());
        boolean toHere = addresses.contains(translated.destination());
        if (flow.initiator == null && flow.direction != Direction.INBOUND) {
            // TCP is noted at connect(), before NAT; all else as the packet leaves, after NAT.
            KernelOwners.Finding found =
                    owners.initiator(tcp || !fromHere ? original : translated, true, flow.notBefore);
            if (found == KernelOwners.NOTHING && !fromHere) {
                found = owners.initiator(original, false, flow.notBefore);
            }
            flow.initiatorAmbiguous = found instanceof KernelOwners.Finding.Ambiguous;
            flow.initiatorUnsettled = isFinal(found);
            flow.initiatorOld = found instanceof KernelOwners.Finding.Found it && it.old();
            // It is believed if it still stands when whatever could replace it would have come.
            flow.initiator = flow.initiatorOld && age(flow) < ACCEPTOR_PATIENCE ? null : ownerOf(found);
        }
        if (flow.acceptor == null && flow.direction != Direction.OUTBOUND) {
            KernelOwners.Finding found = owners.acceptor(translated, true, flow.notBefore);
            if (found == KernelOwners.NOTHING && !toHere) {
                found = owners.acceptor(translated, false, flow.notBefore);
            }
            flow.acceptorAmbiguous = found instanceof KernelOwners.Finding.Ambiguous;
            flow.acceptorUnsettled = isFinal(found);
            flow.acceptor = ownerOf(found);
        }
    }

    private static boolean isFinal(KernelOwners.Finding finding) {
        return finding instanceof KernelOwners.Finding.Unsettled
                || finding instanceof KernelOwners.Finding.Ambiguous ambiguous && ambiguous.lasting();
    }

    private static Owner ownerOf(KernelOwners.Finding finding) {
        return finding instanceof KernelOwners.Finding.Found found ? found.owner() : null;
    }

    private static long age(PendingFlow flow) {
        return System.nanoTime() - flow.received;
    }

    private boolean isWorthWaiting(PendingFlow flow) {
        long age = age(flow);
        boolean sends = flow.direction == Direction.OUTBOUND || flow.direction == Direction.LOCAL;
        if (flow.initiatorOld && flow.initiator == null) {
            return true;
        }
        if (sends && flow.initiator == null && !flow.initiatorUnsettled && age < SENDER_PATIENCE) {
            return true;
        }
        boolean takes = flow.direction == Direction.INBOUND
                || flow.direction == Direction.LOCAL
                || flow.direction == Direction.FORWARDED
                        && addresses.contains(flow.event.original().destination());
        boolean listened = !flow.event.original().protocol().isIcmp();
        return takes && listened && flow.acceptor == null && !flow.acceptorUnsettled && age < ACCEPTOR_PATIENCE;
    }

    /** What the kernel noted, and for the rest what the sockets tell. */
    private AttributedFlow conclude(PendingFlow flow) throws LinuxException {
        FlowEvent event = flow.event;
        long age = System.nanoTime() - flow.around;
        if (flow.direction == null) {
            return new AttributedFlow(event, null, nearEnd(flow, age), null);
        }
        return switch (flow.direction) {
            case OUTBOUND -> new AttributedFlow(event, flow.direction, initiator(flow, age), null);
            case LOCAL -> new AttributedFlow(event, flow.direction, initiator(flow, age), acceptor(flow, age));
            case INBOUND -> new AttributedFlow(event, flow.direction, acceptor(flow, age), null);
            case FORWARDED -> forwarded(flow);
        };
    }

    private Owner initiator(PendingFlow flow, long age) throws LinuxException {
        if (flow.initiatorAmbiguous) {
            return Owner.unknown(NoProcess.AMBIGUOUS);
        }
        return flow.initiator != null ? flow.initiator : sockets.initiator(flow.event.original(), age);
    }

    private Owner acceptor(PendingFlow flow, long age) throws LinuxException {
        if (flow.acceptorAmbiguous) {
            return Owner.unknown(NoProcess.AMBIGUOUS);
        }
        return flow.acceptor != null ? flow.acceptor : sockets.acceptor(flow.event.reply(), age);
    }

    /** Through this host, from or to a container on it perhaps. */
    private static AttributedFlow forwarded(PendingFlow flow) {
        if (flow.initiatorAmbiguous) {
            return new AttributedFlow(flow.event, flow.direction, Owner.unknown(NoProcess.AMBIGUOUS), flow.acceptor);
        }
        Owner owner = flow.initiator != null ? flow.initiator : flow.acceptor;
        Owner peer = flow.initiator != null ? flow.acceptor : null;
        NoProcess reason = flow.acceptorAmbiguous ? NoProcess.AMBIGUOUS : NoProcess.FORWARDED;
        return new AttributedFlow(flow.event, flow.direction, owner != null ? owner : Owner.unknown(reason), peer);
    }

    /** Of a flow that nobody knows the beginning of: the one end that is here, whichever began. */
    private Owner nearEnd(PendingFlow flow, long age) throws LinuxException {
        FlowTuple sender = flow.event.original();
        FlowTuple receiver = flow.event.reply();
        boolean senderIsHere = addresses.contains(sender.source());
        boolean receiverIsHere = addresses.contains(receiver.source());
        if (senderIsHere == receiverIsHere) {
            return Owner.unknown(senderIsHere ? NoProcess.MIDSTREAM : NoProcess.FORWARDED);
        }
        return sockets.initiator(senderIsHere ? sender : receiver, age);
    }

    @Override
    public void close() {
        addresses.close();
    }
}
