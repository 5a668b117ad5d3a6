// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.records.FlowRecords;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.linux.LinuxException;

/** One side of a pending flow: its initiator or its acceptor. Not thread-safe. */
final class Side {
    /** Role of the side. */
    enum Role {
        INITIATOR,
        ACCEPTOR
    }

    private final Role role;
    private final FlowTuple tuple;
    private final FlowTuple containerTuple;
    /** Whether the address of this side belongs to the host. */
    private final boolean hostAddress;
    /** The namespace in which conntrack tracks the flow; null for the host namespace. */
    private final NetworkNamespace namespace;
    /** Whether the device is known only when the packet has left. connect() found a device before NAT. */
    private final boolean routedAgain;

    private RecordLookup lookup = RecordLookup.NOTHING;
    /** Whether the lookup found a socket of the namespace in which conntrack tracks the flow. */
    private boolean ownNamespace;

    /**
     * @param tuple as a socket in the namespace of the flow has it
     * @param containerTuple as a socket in another namespace has it, before NAT of the host
     * @param routedAgain whether connect() may have found another device than that by which the packet leaves
     */
    Side(
            Role role,
            FlowTuple tuple,
            FlowTuple containerTuple,
            boolean hostAddress,
            NetworkNamespace namespace,
            boolean routedAgain) {
        this.role = role;
        this.tuple = tuple;
        this.containerTuple = containerTuple;
        this.hostAddress = hostAddress;
        this.namespace = namespace;
        this.routedAgain = routedAgain;
    }

    FlowTuple tuple() {
        return tuple;
    }

    FlowTuple containerTuple() {
        return containerTuple;
    }

    /**
     * Looks the side up in the records, unless its owner and its device are known.
     *
     * @param here whether the side may be in the namespace of the flow, not only in a container
     * @param believesOld whether to accept a record that a newer one could replace
     */
    void lookUp(FlowRecords records, boolean here, long notBefore, boolean believesOld) throws LinuxException {
        if (owner() != null && !awaitsDevice()) {
            return;
        }
        ownNamespace = true;
        lookup = here ? findHere(records, notBefore, believesOld) : RecordLookup.NOTHING;
        // A side without an address of the host may be in a container.
        if (lookup == RecordLookup.NOTHING && namespace == null && !hostAddress) {
            ownNamespace = false;
            lookup = role == Role.INITIATOR
                    ? records.initiator(containerTuple, /* hostNamespace= */ false, notBefore, believesOld)
                    : records.acceptor(containerTuple, /* hostNamespace= */ false, notBefore);
        }
    }

    /** Announces the lookup of this side in the namespace of the flow. */
    void expect(FlowRecords records) {
        byte code = role == Role.INITIATOR ? RecordLayout.INITIATOR : RecordLayout.ACCEPTOR;
        records.expect(tuple, namespace == null, code);
    }

    /**
     * Looks up this side in the records of a flow that has ended. Only records of the service's namespace count.
     *
     * @param began the flow began after this time of CLOCK_MONOTONIC, in nanoseconds
     * @param ended the flow ended before this time
     */
    void lookUpEnded(FlowRecords records, long began, long ended) throws LinuxException {
        ownNamespace = true;
        lookup = records.ended(
                tuple, role == Role.INITIATOR ? RecordLayout.INITIATOR : RecordLayout.ACCEPTOR, began, ended);
    }

    private RecordLookup findHere(FlowRecords records, long notBefore, boolean believesOld) throws LinuxException {
        if (namespace == null) {
            return role == Role.INITIATOR
                    ? records.initiator(tuple, /* hostNamespace= */ true, notBefore, believesOld)
                    : records.acceptor(tuple, /* hostNamespace= */ true, notBefore);
        }
        return role == Role.INITIATOR
                ? records.initiator(tuple, namespace, notBefore, believesOld)
                : records.acceptor(tuple, namespace, notBefore);
    }

    /** Reports whether the record of this side was evicted, and counts the eviction. */
    boolean countEvicted(FlowRecords records, boolean here, long notBefore) {
        boolean host = namespace == null;
        boolean contained = host && !hostAddress;
        if (role == Role.INITIATOR) {
            return here && records.countEvictedInitiator(tuple, host, notBefore)
                    || contained && records.countEvictedInitiator(containerTuple, false, notBefore);
        }
        return here && records.countEvictedAcceptor(tuple, host, notBefore)
                || contained && records.countEvictedAcceptor(containerTuple, false, notBefore);
    }

    /** Reports whether a socket in the flow's namespace sent or received its first packet. */
    boolean isSeen() {
        return ownNamespace && lookup.device() != RecordLookup.NO_RECORD;
    }

    /** Returns the device of the first packet in that namespace; {@link DirectionRule#UNKNOWN_DEVICE} if unknown. */
    int device() {
        return isSeen() && !awaitsDevice() ? lookup.device() : DirectionRule.UNKNOWN_DEVICE;
    }

    /** Reports whether the owner is known, but not the device. The first packet has not left yet. */
    boolean awaitsDevice() {
        return routedAgain && ownNamespace && lookup instanceof RecordLookup.Found found && !found.left();
    }

    /** Reports whether the first packet is the first of its flow, as far as known. */
    RecordLookup.Turn turn() {
        return ownNamespace && lookup instanceof RecordLookup.Found found ? found.turn() : RecordLookup.Turn.FIRST;
    }

    /** Reports whether there is no record of this side yet. */
    boolean isUnrecorded() {
        return lookup == RecordLookup.NOTHING;
    }

    /** Returns the recorded owner; null if none is known. */
    Owner owner() {
        return lookup instanceof RecordLookup.Found found ? found.owner() : null;
    }

    /**
     * Returns the service manager that holds the socket; null if none. It holds the socket until a service takes it.
     */
    Owner manager() {
        return lookup instanceof RecordLookup.Awaited awaited ? awaited.manager() : null;
    }

    /**
     * Returns the owner, else the service manager; null if neither is known. The service manager counts if no service
     * took the socket.
     */
    Owner ownerOrManager() {
        return owner() != null ? owner() : manager();
    }

    /** Reports whether several processes used the tuple. */
    boolean isAmbiguous() {
        return lookup instanceof RecordLookup.Ambiguous;
    }

    /** Reports whether a newer record may soon replace the one found. */
    boolean isOld() {
        return lookup == RecordLookup.OLD;
    }

    /** Reports whether another lookup may find an owner. */
    boolean isOpen() {
        boolean decided = lookup instanceof RecordLookup.Unsettled it && it.lasting()
                || lookup instanceof RecordLookup.Ambiguous other && other.lasting();
        return owner() == null && !decided;
    }

    /** Returns the receiving socket's cookie if its holder is not settled, else 0. */
    long socket() {
        return lookup instanceof RecordLookup.Unsettled it ? it.socket() : RecordLookup.Unsettled.UNKNOWN;
    }
}
