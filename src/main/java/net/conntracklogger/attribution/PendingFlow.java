// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.process.ReadTime;
import net.conntracklogger.rtnetlink.Link;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** A flow whose attribution has begun. Not thread-safe. */
public final class PendingFlow {
    final FlowEvent event;
    /**
     * The direction by the addresses; null if unknown. The addresses may not show it, or belong to another network
     * namespace.
     */
    final Direction byAddress;
    /** The flow began after this time of CLOCK_MONOTONIC, in nanoseconds. */
    final long notBefore;
    /** Time at which the flow began. It may have begun earlier by at most the time to wake a thread. */
    final long around;

    final ReadTime received;
    /** Whether the source address belongs to the host. */
    final boolean fromHost;

    /**
     * Whether this existing or ended flow began after the programs were attached. If so, {@link #notBefore} is the time
     * of its beginning.
     */
    boolean recovered;

    /** Whether {@link KernelPackets} has listed the sockets that can have begun the flow. */
    boolean socketsListed;
    /** Whether the kernel itself sent the first packet. */
    boolean begunByKernel;

    final Side initiator;
    final Side acceptor;
    private final LocalAddresses addresses;
    /** Whether a BPF program has recorded a user of a socket in another network namespace. */
    private final boolean containers;

    PendingFlow(
            FlowEvent event,
            Direction byAddress,
            LocalAddresses addresses,
            boolean containers,
            long notBefore,
            long around,
            ReadTime received) {
        this.event = event;
        this.addresses = addresses;
        this.containers = containers;
        this.byAddress = byAddress;
        this.notBefore = notBefore;
        this.around = around;
        this.received = received;
        FlowTuple original = event.original();
        FlowTuple translated = event.translated();
        fromHost = addresses.contains(original.source());
        // The programs record TCP at connect(), before NAT. They record all else when the packet leaves the socket's
        // namespace, after NAT.
        FlowTuple sent = isTcp() ? original : translated;
        boolean toHost = addresses.contains(translated.destination());
        // connect() routes before NAT changes the destination.
        boolean routedAgain = isTcp() && !translated.destination().equals(original.destination());
        initiator = new Side(Side.Role.INITIATOR, sent, original, fromHost, event.namespace(), routedAgain);
        acceptor = new Side(Side.Role.ACCEPTOR, translated, translated, toHost, event.namespace(), false);
    }

    boolean isTcp() {
        return event.original().protocol().equals(Protocol.TCP);
    }

    /** Returns the direction; null if nothing shows it yet. */
    Direction direction() {
        return DirectionRule.decide(initiator.isSeen(), left(), acceptor.isSeen(), entered(), byAddress);
    }

    /**
     * Returns the device that the first packet left by. The device is unknown if it does not show whether the
     * destination is local.
     */
    private int left() {
        return addresses.hasVrf() ? DirectionRule.UNKNOWN_DEVICE : initiator.device();
    }

    private int entered() {
        return addresses.hasVrf() ? DirectionRule.UNKNOWN_DEVICE : acceptor.device();
    }

    /** Reports whether a socket that sent the first packet may be on this host. */
    boolean mayHaveInitiator() {
        return entered() == DirectionRule.UNKNOWN_DEVICE || entered() == DirectionRule.LOOPBACK;
    }

    /**
     * Reports whether the first packet's receiving socket may be on this host. A container on this host counts, too.
     */
    boolean mayHaveAcceptor() {
        int left = left();
        if (left == DirectionRule.UNKNOWN_DEVICE) {
            return byAddress != Direction.OUTBOUND;
        }
        Link link = event.namespace() == null ? addresses.link(left) : null;
        return left == DirectionRule.LOOPBACK || containers && link != null && link.leadsToContainers();
    }

    /**
     * Reports whether the first packet's receiving socket may be in the flow's namespace. It is not if the packet left
     * by another device than {@code lo}.
     */
    boolean mayBeAcceptedHere() {
        int left = left();
        return left == DirectionRule.UNKNOWN_DEVICE || left == DirectionRule.LOOPBACK;
    }

    /** Reports which packet of the flow the first tracked one is. */
    RecordLookup.Turn turn() {
        return direction() == Direction.INBOUND ? acceptor.turn() : initiator.turn();
    }

    /** Returns how the first packet left or entered the host. */
    Passage passage() {
        if (event.namespace() != null) {
            return Passage.UNKNOWN;
        }
        boolean knowsDevice = initiator.isSeen() && !initiator.awaitsDevice();
        Link link = addresses.link((knowsDevice ? initiator : acceptor).device());
        boolean spoofed =
                initiator.isSeen() && !fromHost && !event.original().source().isUnspecified();
        return link == null && !spoofed ? Passage.UNKNOWN : new Passage(link == null ? null : link.name(), spoofed);
    }

    /** Returns the time since the event was read, in nanoseconds. */
    long age() {
        return System.nanoTime() - received.nanos();
    }
}
