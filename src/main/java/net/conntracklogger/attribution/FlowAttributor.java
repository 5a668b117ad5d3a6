// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ReadTime;
import net.conntracklogger.rtnetlink.LocalAddresses;

/**
 * Finds the owner of a flow. Uses the BPF record of its first packet if there is one, otherwise the sockets that exist when
 * the event is read. Existing flows, and ends of flows that began before this process, have a record if they began after the programs were
 * attached. Other ends are not attributed. Not thread-safe.
 */
public final class FlowAttributor implements Attributor, Closeable {
    /**
     * Bound on the time between the readings of two clocks. They take microseconds, unless the thread loses its CPU.
     */
    static final long CLOCKS_NANOS = 1_000_000;

    private final LocalAddresses addresses;
    private final Optional<BpfOwners> bpf;
    private final SocketOwners sockets;
    private final MidstreamFlows midstream;
    private final ExistingOwners existing;
    private final EndedFlows ended;
    private final Conclusion conclusion;
    private final Optional<KernelPackets> kernelPackets;
    private final PacketSockets packetSockets;

    /**
     * Puts the layers together.
     *
     * @param addresses closed with this
     * @param bpf empty without the BPF layer: then only sockets are looked up, at once
     */
    public FlowAttributor(LocalAddresses addresses, Optional<BpfOwners> bpf, SocketOwners sockets) {
        this.addresses = addresses;
        this.bpf = bpf;
        this.sockets = sockets;
        midstream = new MidstreamFlows(addresses, sockets);
        existing = new ExistingOwners(bpf, sockets);
        ended = new EndedFlows(bpf);
        conclusion = new Conclusion(addresses, bpf, sockets);
        kernelPackets = bpf.map(owners -> new KernelPackets(owners, sockets.senders()));
        packetSockets = new PacketSockets(
                bpf.flatMap(BpfOwners::packetSockets).map(records -> records::read),
                sockets.packetSockets()::read,
                System::nanoTime);
    }

    @Override
    public void update() throws LinuxException {
        addresses.update();
        bpf.ifPresent(it -> it.records().clearExpected());
    }

    @Override
    public void lookUpRecords() {
        bpf.ifPresent(it -> it.records().lookUpExpected());
    }

    @Override
    public boolean lookUp(PendingFlow flow) throws LinuxException {
        if (flow.event.kind() != FlowEvent.Kind.NEW || !hasRecords(flow)) {
            return false;
        }
        lookUp(flow, bpf.get().records());
        return flow.initiator.owner() != null || flow.acceptor.owner() != null;
    }

    @Override
    public PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException {
        if (event.kind() != FlowEvent.Kind.NEW) {
            return earlier(event, notBefore, around);
        }
        PendingFlow flow = pending(event, notBefore, around);
        if (hasRecords(flow)) {
            boolean sent = flow.fromHost || event.namespace() != null;
            (sent ? flow.initiator : flow.acceptor).expect(bpf.get().records());
        }
        return flow;
    }

    /** Begins with an existing or ended flow, which may have a record of its beginning. */
    private PendingFlow earlier(FlowEvent event, long notBefore, long around) throws LinuxException {
        long began = System.nanoTime() - TimeUnit.MICROSECONDS.toNanos(EpochMicros.now() - event.timestamp());
        boolean recovered = event.timestamp() > 0
                && bpf.isPresent()
                && began - bpf.get().attached() > 0
                && (event.kind() == FlowEvent.Kind.EXISTING || ended.isOfEarlierProcess(event, began));
        PendingFlow flow = pending(event, recovered ? began - CLOCKS_NANOS : notBefore, around);
        flow.recovered = recovered && hasRecords(flow);
        return flow;
    }

    private PendingFlow pending(FlowEvent event, long notBefore, long around) throws LinuxException {
        ReadTime received = sockets.now(/* exact= */ !isComplete());
        if (event.namespace() != null) {
            return new PendingFlow(event, null, addresses, hasContainers(), notBefore, around, received);
        }
        MidstreamFlows.Course course = event.midstream()
                ? midstream.course(event)
                : new MidstreamFlows.Course(event, addresses.direction(event));
        return new PendingFlow(
                course.event(), course.direction(), addresses, hasContainers(), notBefore, around, received);
    }

    private boolean hasContainers() {
        return bpf.isPresent() && bpf.get().records().hasContainers();
    }

    @Override
    public boolean isComplete() {
        return bpf.isPresent() && bpf.get().programs().isComplete();
    }

    @Override
    public void survey() throws LinuxException {
        if (!isComplete()) {
            sockets.survey().updateIfDue();
        }
    }

    @Override
    public Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
        return switch (flow.event.kind()) {
            case NEW -> begun(flow);
            case EXISTING -> Optional.of(existing(flow));
            case END -> Optional.of(ended.attribute(flow));
            case REFUSED, PROGRESS -> throw new IllegalArgumentException("such a flow comes with its owner");
        };
    }

    private Optional<AttributedFlow> begun(PendingFlow flow) throws LinuxException {
        if (hasRecords(flow)) {
            lookUp(flow, bpf.get().records());
            boolean byKernel = kernelPackets.orElseThrow().haveBegun(flow);
            if (!byKernel && Patience.isLeft(flow, bpf.get().programs())) {
                return Optional.empty();
            }
            flow.begunByKernel = !countEvicted(flow, bpf.get().records()) && byKernel;
        }
        AttributedFlow attributed =
                flow.event.namespace() == null ? conclusion.conclude(flow) : Conclusion.concludeElsewhere(flow);
        return Optional.of(withPassage(flow, attributed));
    }

    /**
     * Reports whether records of the flow can exist. Only the BPF layer has records. A midstream flow has no record of its
     * beginning, and an unknown namespace matches no record.
     */
    private boolean hasRecords(PendingFlow flow) {
        NetworkNamespace namespace = flow.event.namespace();
        return bpf.isPresent() && !flow.event.midstream() && (namespace == null || namespace.inode() != 0);
    }

    private AttributedFlow existing(PendingFlow flow) throws LinuxException {
        if (flow.recovered) {
            lookUp(flow, bpf.orElseThrow().records());
        }
        AttributedFlow attributed = existing.attribute(flow, conclusion);
        // An earlier process logged older flows, or counted their records.
        if (flow.recovered
                && attributed.owner().process() == null
                && !ended.isOfEarlierProcess(flow.event, flow.notBefore)) {
            countEvicted(flow, bpf.orElseThrow().records());
        }
        return flow.recovered ? withPassage(flow, attributed) : attributed;
    }

    static AttributedFlow withPassage(PendingFlow flow, AttributedFlow attributed) {
        Passage passage = flow.passage();
        return passage.equals(Passage.UNKNOWN) ? attributed : attributed.withPassage(passage);
    }

    @Override
    public List<PacketSocket> packetSockets() throws LinuxException {
        return packetSockets.read();
    }

    @Override
    public List<AttributedFlow> refused() throws LinuxException {
        return bpf.isPresent() ? bpf.get().refused().read(addresses) : List.of();
    }

    @Override
    public long refusedLost() throws LinuxException {
        return bpf.isPresent() ? bpf.get().refused().lost() : 0;
    }

    @Override
    public void endExisting() {
        existing.close();
    }

    /**
     * Looks up the sides that may be on this host, the likelier side first. Its result may make the other lookup
     * unnecessary.
     */
    private static void lookUp(PendingFlow flow, FlowRecords records) throws LinuxException {
        if (flow.fromHost || flow.event.namespace() != null) {
            lookUpInitiator(flow, records);
            if (flow.mayHaveAcceptor()) {
                flow.acceptor.lookUp(records, flow.mayBeAcceptedHere(), flow.notBefore, true);
            }
            return;
        }
        flow.acceptor.lookUp(records, flow.mayBeAcceptedHere(), flow.notBefore, true);
        if (flow.mayHaveInitiator()) {
            lookUpInitiator(flow, records);
        }
    }

    private static void lookUpInitiator(PendingFlow flow, FlowRecords records) throws LinuxException {
        // Accepts an old record if no newer record has replaced it within this time.
        flow.initiator.lookUp(records, /* here= */ true, flow.notBefore, flow.age() >= Patience.ACCEPTOR_NANOS);
    }

    /**
     * Counts the flow as evicted if the LRU map evicted its record. Reports whether it did. Counts a flow at most once.
     */
    private static boolean countEvicted(PendingFlow flow, FlowRecords records) {
        boolean initiator = flow.byAddress != Direction.INBOUND
                && flow.mayHaveInitiator()
                && flow.initiator.owner() == null
                && !flow.initiator.isAmbiguous()
                && flow.initiator.countEvicted(records, /* here= */ true, flow.notBefore);
        return initiator
                || flow.mayHaveAcceptor()
                        && flow.acceptor.isOpen()
                        && flow.acceptor.manager() == null
                        && !flow.acceptor.isAmbiguous()
                        && flow.acceptor.countEvicted(records, flow.mayBeAcceptedHere(), flow.notBefore);
    }

    @Override
    public void close() {
        endExisting();
        addresses.close();
    }
}
