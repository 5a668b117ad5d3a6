// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.flow.Protocol;

/** Decides how long a flow waits for its records. The flows behind it wait as long, because their order is kept. */
final class Patience {
    /**
     * Maximum wait for the record of an initiator, in nanoseconds. The event is sent before the first packet leaves,
     * and the packet is recorded when it leaves. On a busy host the initiator may lose its CPU in between.
     */
    static final long INITIATOR_NANOS = 100_000_000;
    /**
     * Maximum wait for the record of an acceptor, in nanoseconds. It is short, because the kernel passes on a received
     * packet without interruption.
     */
    static final long ACCEPTOR_NANOS = 20_000_000;
    /**
     * Maximum wait for a service to take its socket, in nanoseconds. The service must start first; until then the
     * service manager has the socket.
     */
    private static final long MANAGER_NANOS = 100_000_000;

    private Patience() {}

    /** Reports whether a retry a moment later may find more. */
    static boolean isLeft(PendingFlow flow, ProgramSet programs) {
        long age = flow.age();
        Protocol protocol = flow.event.original().protocol();
        if (flow.initiator.awaitsDevice() && programs.recordsSyns() && age < ACCEPTOR_NANOS) {
            return true;
        }
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

    /**
     * Returns the maximum wait for the record of the initiator. If the addresses show no direction, the wait is as
     * short as for an acceptor. If they show another host as initiator, it is 0.
     */
    private static long initiatorPatience(PendingFlow flow) {
        if (flow.fromHost && flow.event.namespace() == null) {
            return INITIATOR_NANOS;
        }
        return flow.byAddress == null ? ACCEPTOR_NANOS : 0;
    }
}
