// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.LinuxException;

/** Decides whether a listening socket's recorded user still holds it when a flow arrives. */
public interface AcceptorCheck {
    /**
     * Checks a record.
     *
     * @param record of the acceptor; valid until this method returns
     * @param tuple of the flow as the socket has it
     * @param hostNamespace whether the socket is in the network namespace of the service
     * @return null if the recorded process is the acceptor; otherwise a result with the device of the record
     */
    RecordLookup check(FlowRecord record, FlowTuple tuple, boolean hostNamespace) throws LinuxException;
}
