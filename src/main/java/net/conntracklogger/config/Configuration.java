// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;

/**
 * The configuration, conntrack-logger.conf(5).
 *
 * @param tracking who enables connection tracking
 * @param receiveBuffer size of the kernel's buffer for events, in bytes
 * @param queue maximum number of records that wait for the journal
 * @param attribution the layers that find owners: {@code BPF}, {@code SOCK_DIAG}, {@code PROC}
 * @param kernelFlows capacity of the BPF map of flow records
 * @param kernelProcesses capacity of the BPF map of process image records
 * @param namespaces the network namespaces whose flows are logged
 * @param events the events of a flow that are logged: {@code NEW}, {@code END} or both
 * @param existing whether flows are logged that only the conntrack table shows
 * @param openFlows maximum number of open flows whose owner is kept for the end event
 * @param protocols the protocols to log; empty for all
 * @param include rules of the flows that are logged; empty for all
 * @param exclude rules of flows that are not logged
 * @param commandLine how much of command lines is logged
 * @param hashExecutables whether {@code PID_EXE_SHA256} is logged
 * @param aggregate seconds for which repeats of a flow are counted in a summary; 0 for none
 * @param floodRate flows a second of one source above which summaries count them; 0 for none
 * @param progressSec seconds between entries with the figures of flows that last; 0 for none
 * @param firstSeen whether flows to destinations that their unit was never logged with are marked
 * @param statisticsSec seconds between entries with statistics; 0 for none
 * @param metrics the file for Prometheus; empty for none
 * @param archive how much is kept in the archive
 * @param fleet the search cluster that "who --fleet" asks
 * @param list the watch lists, each with its files
 * @param allow what units may talk to
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
        boolean existing,
        int openFlows,
        Set<Protocol> protocols,
        List<FlowRule> include,
        List<FlowRule> exclude,
        CommandLines commandLine,
        boolean hashExecutables,
        int aggregate,
        int floodRate,
        int progressSec,
        boolean firstSeen,
        int statisticsSec,
        Optional<Path> metrics,
        ArchiveLimits archive,
        FleetCluster fleet,
        List<WatchedFiles> list,
        List<Expectation> allow) {

    /** The values of keys that are not set. */
    public static final Configuration DEFAULT = new Configuration(
            Tracking.AUTO,
            64 << 20,
            262_144,
            Set.of(OwnerSource.BPF, OwnerSource.SOCK_DIAG, OwnerSource.PROC),
            65_536,
            16_384,
            Namespaces.HOST,
            Set.of(FlowEvent.Kind.NEW),
            true,
            65_536,
            Set.of(),
            List.of(),
            List.of(),
            CommandLines.YES,
            false,
            0,
            20_000,
            0,
            false,
            3600,
            Optional.empty(),
            ArchiveLimits.DEFAULT,
            FleetCluster.NONE,
            List.of(),
            List.of());

    /** Reports whether the service receives ends: to log them, or to know which flows last. */
    public boolean receivesEnds() {
        return events.contains(FlowEvent.Kind.END) || progressSec > 0;
    }

    /** Reports whether flows of the protocol are logged. */
    public boolean logs(Protocol protocol) {
        return protocols.isEmpty() || protocols.contains(protocol);
    }
}
