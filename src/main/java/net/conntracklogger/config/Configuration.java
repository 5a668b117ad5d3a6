// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.util.Set;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;

/**
 * What the administrator decided.
 *
 * @param tracking who keeps connection tracking on
 * @param receiveBuffer size of the kernel's buffer for events, in bytes
 * @param queue records that may wait for the journal
 * @param attribution the layers that look for owners: {@code BPF}, {@code SOCK_DIAG}, {@code PROC}
 * @param kernelFlows flows of which the kernel keeps the owner until the event is read
 * @param kernelProcesses processes of which the kernel keeps command line and path
 * @param namespaces those whose flows are logged
 * @param events what of a flow is logged: {@code NEW}, {@code END} or both
 * @param openFlows flows of which the owner is kept until they end, where ends are logged
 * @param protocols those to log; empty is all
 * @param commandLine whether command lines are logged
 * @param hashExecutables whether executables are hashed
 */
public record Configuration(
        Tracking tracking,
        int receiveBuffer,
        int queue,
        Set<OwnerSource> attribution,
        int kernelFlows,
        int kernelProcesses,
        Namespaces namespaces,
        Set<FlowEvent.Kind> events,
        int openFlows,
        Set<Protocol> protocols,
        boolean commandLine,
        boolean hashExecutables) {

    /** What holds where nothing is configured. */
    public static final Configuration DEFAULT = new Configuration(
            Tracking.AUTO,
            64 << 20,
            65_536,
            Set.of(OwnerSource.BPF, OwnerSource.SOCK_DIAG, OwnerSource.PROC),
            65_536,
            16_384,
            Namespaces.HOST,
            Set.of(FlowEvent.Kind.NEW),
            65_536,
            Set.of(),
            true,
            false);

    public boolean logs(Protocol protocol) {
        return protocols.isEmpty() || protocols.contains(protocol);
    }
}
