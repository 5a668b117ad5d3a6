// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;

/** A configuration that settings change one by one. Starts from the defaults. */
final class ConfigurationDraft {
    Tracking tracking = Configuration.DEFAULT.tracking();
    int receiveBuffer = Configuration.DEFAULT.receiveBuffer();
    int queue = Configuration.DEFAULT.queue();
    Set<OwnerSource> attribution = Configuration.DEFAULT.attribution();
    int kernelFlows = Configuration.DEFAULT.kernelFlows();
    int kernelProcesses = Configuration.DEFAULT.kernelProcesses();
    Namespaces namespaces = Configuration.DEFAULT.namespaces();
    Set<FlowEvent.Kind> events = Configuration.DEFAULT.events();
    boolean existing = Configuration.DEFAULT.existing();
    int openFlows = Configuration.DEFAULT.openFlows();
    Set<Protocol> protocols = Configuration.DEFAULT.protocols();
    final List<FlowRule> include = new ArrayList<>(Configuration.DEFAULT.include());
    final List<FlowRule> exclude = new ArrayList<>(Configuration.DEFAULT.exclude());
    CommandLines commandLine = Configuration.DEFAULT.commandLine();
    boolean hashExecutables = Configuration.DEFAULT.hashExecutables();
    int aggregate = Configuration.DEFAULT.aggregate();
    int floodRate = Configuration.DEFAULT.floodRate();
    int progressSec = Configuration.DEFAULT.progressSec();
    boolean firstSeen = Configuration.DEFAULT.firstSeen();
    int statisticsSec = Configuration.DEFAULT.statisticsSec();
    Optional<Path> metrics = Configuration.DEFAULT.metrics();
    ArchiveLimits archive = Configuration.DEFAULT.archive();
    FleetCluster fleet = Configuration.DEFAULT.fleet();
    final NamedSections named = new NamedSections();

    Configuration finish() {
        return new Configuration(
                tracking,
                receiveBuffer,
                queue,
                attribution,
                kernelFlows,
                kernelProcesses,
                namespaces,
                events,
                existing,
                openFlows,
                protocols,
                List.copyOf(include),
                List.copyOf(exclude),
                commandLine,
                hashExecutables,
                aggregate,
                floodRate,
                progressSec,
                firstSeen,
                statisticsSec,
                metrics,
                archive,
                fleet,
                named.lists(),
                named.expectations());
    }
}
