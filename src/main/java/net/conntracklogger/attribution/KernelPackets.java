// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.attribution.sockets.PossibleSenders;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.SearchBudget;

/**
 * Recognises flows that the kernel itself began, such as tunnels (VXLAN) and IGMP. Their packets have no socket, so no
 * BPF program records them. A process needs a socket to send, and the kernel lists the socket until the call that sends
 * has returned. The packet then has its record already. So the kernel sent a packet if no listed socket can have sent
 * it, and a lookup after the listing finds no record. Not thread-safe.
 */
final class KernelPackets {
    /** Time after the event within which most records come. Sockets are listed for the others only. */
    private static final long RECORD_NANOS = 3_000_000;

    private final BpfOwners bpf;
    private final PossibleSenders senders;
    private final SearchBudget budget = new SearchBudget();
    private long unrecorded;
    /** Time until which packets may have been sent without a record. Nanoseconds of CLOCK_MONOTONIC. */
    private long unrecordedUntil = System.nanoTime();

    KernelPackets(BpfOwners bpf, PossibleSenders senders) {
        this.bpf = bpf;
        this.senders = senders;
        unrecorded = bpf.records().unrecorded();
    }

    /** Reports whether the kernel sent the first packet of a flow. Lists the sockets at most once for each flow. */
    boolean haveBegun(PendingFlow flow) throws LinuxException {
        boolean candidate = flow.fromHost
                && flow.byAddress == Direction.OUTBOUND
                && flow.initiator.isUnrecorded()
                && bpf.recordsAllInitiators(flow.event.original().protocol());
        if (!candidate || flow.socketsListed || flow.age() < RECORD_NANOS || !budget.allows()) {
            return false;
        }
        flow.socketsListed = true;
        long now = System.nanoTime();
        boolean noSender = senders.areNone(flow.event.original(), bpf);
        budget.spend(now);
        if (!noSender) {
            return false;
        }
        flow.initiator.lookUp(bpf.records(), /* here= */ true, flow.notBefore, /* believesOld= */ false);
        return flow.initiator.isUnrecorded() && isRecordedSince(flow.notBefore);
    }

    /**
     * Reports whether each packet that a socket sent after this time was recorded. Its record may have been evicted.
     */
    private boolean isRecordedSince(long time) {
        long count = bpf.records().unrecorded();
        if (count != unrecorded) {
            unrecorded = count;
            unrecordedUntil = System.nanoTime();
        }
        return unrecordedUntil - time < 0;
    }
}
