// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import net.conntracklogger.attribution.records.AcceptorCheck;
import net.conntracklogger.attribution.records.FlowRecord;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.LinuxException;

/**
 * Remembers since when sockets of the host namespace received flows. In a flood the record of a flow may be evicted before the
 * lookup; the socket that had the port before and has it now received that flow, too. Passes each record on to another check.
 * Not thread-safe.
 */
public final class ReceivingSockets implements AcceptorCheck {
    /** As many as {@link Listeners} remembers. */
    private static final int REMEMBERED = 4096;

    private record Holding(long socket, int port) {}

    private final AcceptorCheck next;
    private final RecentlyUsed<Holding, Long> firstReceived = new RecentlyUsed<>(REMEMBERED);

    public ReceivingSockets(AcceptorCheck next) {
        this.next = next;
    }

    @Override
    public RecordLookup check(FlowRecord record, FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        if (hostNamespace) {
            Holding holding = new Holding(record.socket(), tuple.destinationPort());
            Long before = firstReceived.get(holding);
            if (before == null || record.seen() < before) {
                firstReceived.put(holding, record.seen());
            }
        }
        return next.check(record, tuple, hostNamespace);
    }

    /**
     * Reports whether a socket received a flow on a port before a moment.
     *
     * @param socket its cookie ({@code SO_COOKIE}, socket(7))
     * @param moment nanoseconds of CLOCK_MONOTONIC
     */
    public boolean hasReceived(long socket, int port, long moment) {
        Long first = firstReceived.get(new Holding(socket, port));
        return first != null && first <= moment;
    }
}
