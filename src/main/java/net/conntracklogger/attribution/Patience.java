// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.flow.Protocol;

/** Decides how long a flow waits for its records. The flows behind it wait as long, because their order is kept. */
final class Patience {
    /**
     * Maximum wait for the record of an initiator, in nanoseconds. conntrack sees the first packet before it leaves and the
     * packet is recorded when it leaves: on a busy host the sender may lose its CPU in between.
     */
    static final long INITIATOR_NANOS = 100_000_000;
    /** Maximum wait for the record of an acceptor, in nanoseconds: the kernel hands a received packet on without a break. */
    static final long ACCEPTOR_NANOS = 20_000_000;
    /** Maximum wait for a service to start and to take its socket from the service manager, in nanoseconds. */
    private static final long MANAGER_NANOS = 100_000_000;

    private Patience() {}

    /** Reports whether a retry a moment later may find more. */
    static boolean isLeft(PendingFlow flow, ProgramSet programs) {
        long age = flow.age();
        Protocol protocol = flow.event.original().protocol();
        boolean sends = flow.mayHaveInitiator() && flow.initiator.isOpen() && programs.recordsInitiators(protocol);
        if (flow.initiator.isOld() || sends && age < initiatorPatience(flow)) {
            return true;
        }
        if (flow.acceptor.manager() != null) {
            return age < MANAGER_NANOS;
        }
        boolean receives = flow.mayHaveAcceptor() && flow.acceptor.isOpen() && programs.recordsAcceptors();
        return receives && !protocol.isIcmp() && age < ACCEPTOR_NANOS;
    }

    /** If no address shows that the initiator is here, the wait is as short as for an acceptor. */
    private static long initiatorPatience(PendingFlow flow) {
        if (flow.fromHost && flow.event.namespace() == null) {
            return INITIATOR_NANOS;
        }
        return flow.byAddress == null ? ACCEPTOR_NANOS : 0;
    }
}
