// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.records.FlowRecords;
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
    /** Whether the address of this side belongs to the host. */
    private final boolean hostAddress;

    private RecordLookup lookup = RecordLookup.NOTHING;

    /** @param tuple as the socket of this side has it */
    Side(Role role, FlowTuple tuple, boolean hostAddress) {
        this.role = role;
        this.tuple = tuple;
        this.hostAddress = hostAddress;
    }

    FlowTuple tuple() {
        return tuple;
    }

    /** Looks the side up in the records, unless its owner is known. */
    void lookUp(FlowRecords records, long notBefore, boolean believesOld) throws LinuxException {
        if (owner() != null) {
            return;
        }
        lookup = find(records, /* hostNamespace= */ true, notBefore, believesOld);
        // A side without an address of the host may be in a container.
        if (lookup == RecordLookup.NOTHING && !hostAddress) {
            lookup = find(records, /* hostNamespace= */ false, notBefore, believesOld);
        }
    }

    private RecordLookup find(FlowRecords records, boolean hostNamespace, long notBefore, boolean believesOld)
            throws LinuxException {
        return role == Role.INITIATOR
                ? records.initiator(tuple, hostNamespace, notBefore, believesOld)
                : records.acceptor(tuple, hostNamespace, notBefore);
    }

    /** The same for a flow of another network namespace. */
    void lookUp(FlowRecords records, NetworkNamespace namespace, long notBefore, boolean believesOld)
            throws LinuxException {
        if (owner() == null) {
            lookup = role == Role.INITIATOR
                    ? records.initiator(tuple, namespace, notBefore, believesOld)
                    : records.acceptor(tuple, namespace, notBefore);
        }
    }

    /** Reports whether the record of this side was evicted, and counts the eviction. */
    boolean countEvicted(FlowRecords records, long notBefore) {
        return countEvicted(records, true, notBefore) || !hostAddress && countEvicted(records, false, notBefore);
    }

    private boolean countEvicted(FlowRecords records, boolean hostNamespace, long notBefore) {
        return role == Role.INITIATOR
                ? records.countEvictedInitiator(tuple, hostNamespace, notBefore)
                : records.countEvictedAcceptor(tuple, hostNamespace, notBefore);
    }

    /** Returns the recorded owner; null if none is known. */
    Owner owner() {
        return lookup instanceof RecordLookup.Found found ? found.owner() : null;
    }

    /** Returns the service manager that holds the socket until a service takes it; null if there is none. */
    Owner manager() {
        return lookup instanceof RecordLookup.Awaited awaited ? awaited.manager() : null;
    }

    /** Returns the owner or, if no service took the socket, the service manager; null if neither is known. */
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
        boolean decided =
                lookup instanceof RecordLookup.Unsettled it && it.lasting() || lookup == RecordLookup.AMBIGUOUS;
        return owner() == null && !decided;
    }

    /** Returns the cookie of the socket that received the flow if its holder is not settled; else {@link RecordLookup.Unsettled#UNKNOWN}. */
    long socket() {
        return lookup instanceof RecordLookup.Unsettled it ? it.socket() : RecordLookup.Unsettled.UNKNOWN;
    }
}
