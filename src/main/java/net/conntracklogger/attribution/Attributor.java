// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.linux.LinuxException;

/** Finds the owners of flows. After a method has thrown, the next call starts afresh. Not thread-safe. */
public interface Attributor {
    /**
     * Follows changes of addresses and devices. Called after events were received, before they are attributed.
     *
     * @throws LinuxException if the addresses stay unknown until a later call succeeds
     */
    void update() throws LinuxException;

    /** Looks up the records of flows that began since {@link #update}, in one system call. */
    void lookUpRecords();

    /**
     * Looks up the records of a flow that waits behind others. Many flows later, they may be evicted. Reports whether they show an
     * owner.
     *
     * @throws LinuxException if a lookup fails
     */
    boolean lookUp(PendingFlow flow) throws LinuxException;

    /** Reports whether records, not sockets, show the owners of new flows. */
    boolean isComplete();

    /**
     * Starts the attribution of one event.
     *
     * @param notBefore the flow began after this {@link System#nanoTime()}, which is CLOCK_MONOTONIC
     * @param around the flow began at this time, or earlier by at most the time to wake a thread
     * @throws LinuxException if a lookup fails
     */
    PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException;

    /**
     * Returns the flow with its owner. Returns empty if a retry a moment later may find more.
     *
     * @throws LinuxException if a lookup fails
     */
    Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException;

    /**
     * Surveys the sockets, so that those older than a flow are known. Does nothing if all BPF programs are in place.
     * Called regularly.
     *
     * @throws LinuxException if a lookup fails
     */
    void survey() throws LinuxException;

    /**
     * Returns the packet sockets that are to be reported. Called regularly.
     *
     * @throws LinuxException if a lookup fails
     */
    List<PacketSocket> packetSockets() throws LinuxException;

    /**
     * Returns flows that were refused, some hundred at most. Called regularly, after {@link #update}.
     *
     * @throws LinuxException if a lookup fails
     */
    List<AttributedFlow> refused() throws LinuxException;

    /**
     * Returns the number of refused flows that are lost since the last call.
     *
     * @throws LinuxException if a lookup fails
     */
    long refusedLost() throws LinuxException;

    /** Frees what only existing flows need. Called when all of them are attributed. */
    void endExisting();
}
