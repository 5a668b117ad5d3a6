// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.attribution.BpfOwners;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.concurrent.Opening;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.health.IdentityWatch;
import net.conntracklogger.health.ShortageWatch;
import net.conntracklogger.health.SnapshotWatch;
import net.conntracklogger.health.Watch;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** The layers of attribution that are configured and that this kernel supports. Owns the watches over them, too. */
final class AttributionLayers implements Closeable {
    /** How long thread {@code unit-watch} waits at a time for a unit to start or stop. */
    private static final int UNIT_WATCH_MILLIS = 10_000;

    private final Configuration configuration;
    private final SystemRoots roots;
    private final Handover handover;
    private final Consumer<Observation> notices;
    private final Resources resources = new Resources();
    private final List<Watch> watches = new ArrayList<>();
    private final ControlGroups groups;
    private final MapSizes sizes;
    private Optional<Opening<ProgramSet>> programs = Optional.empty();
    private Identities identities;
    private Optional<BpfOwners> bpf = Optional.empty();
    private FlowAttributor attributor;

    private AttributionLayers(
            Configuration configuration, SystemRoots roots, Handover handover, Consumer<Observation> notices)
            throws IOException {
        this.handover = handover;
        this.configuration = configuration;
        this.roots = roots;
        this.notices = notices;
        groups = resources.add(new ControlGroups(roots.cgroup()));
        sizes = new MapSizes(configuration.kernelFlows(), configuration.kernelProcesses());
    }

    /**
     * Begins to load the BPF programs, if they are configured.
     *
     * @param handover may have the programs of the process before
     * @param notices receives what the administrator has to know, and losses
     * @throws IOException if the cgroups cannot be read
     */
    static AttributionLayers begin(
            Configuration configuration, SystemRoots roots, Handover handover, Consumer<Observation> notices)
            throws IOException {
        AttributionLayers layers = new AttributionLayers(configuration, roots, handover, notices);
        ControlGroups groups = layers.groups;
        if (configuration.attribution().contains(OwnerSource.BPF)) {
            layers.programs = Optional.of(layers.resources.add(Opening.start(
                    "bpf-programs", () -> BpfOwners.loadPrograms(roots.bpfObject(), layers.sizes, groups, handover))));
        }
        return layers;
    }

    /**
     * Opens the layers. Continues without BPF if the kernel does not load the programs.
     *
     * @param mayWait whether the writer has time to wait for a user name or a hash
     * @throws IOException if another layer cannot be opened
     */
    void open(BooleanSupplier mayWait) throws IOException {
        BootClock clock = BootClock.of(roots.bootTime(), roots.savesBootTime());
        ProcessTable processes = resources.add(new ProcessTable(roots.proc(), clock, configuration.commandLine()));
        PingSockets pings = resources.add(new PingSockets(roots.proc()));
        identities = identities(clock, mayWait);
        LocalPorts ports = LocalPorts.anonymous(roots.proc());
        SocketOwners sockets = resources.add(
                new SocketOwners(configuration.attribution(), processes, groups, pings, ports, identities));
        LocalAddresses addresses = new LocalAddresses();
        bpf = programs.isPresent() ? bpf(programs.get(), ports, processes, clock) : Optional.empty();
        watches.add(identityWatch(processes));
        attributor = resources.add(new FlowAttributor(addresses, bpf, sockets));
    }

    private IdentityWatch identityWatch(ProcessTable processes) {
        Map<String, LongSupplier> without = new LinkedHashMap<>();
        without.put("PID_USER", identities::withoutUser);
        without.put("PID_EXE_SHA256", identities::withoutDigest);
        without.put("PID_INVOCATION_ID", identities::withoutInvocation);
        without.put("PID_CMDLINE", processes::withoutCommandLine);
        return new IdentityWatch(
                () -> {
                    Map<String, String> silent = identities.silent();
                    if (processes.isSilent()) {
                        silent.put("PID_CMDLINE", "memory of a process does not answer");
                    }
                    return silent;
                },
                without);
    }

    private Identities identities(BootClock clock, BooleanSupplier mayWait) throws IOException {
        Optional<ProcessTable> hashed = configuration.hashExecutables()
                ? Optional.of(new ProcessTable(roots.proc(), clock, CommandLines.NO))
                : Optional.empty();
        Identities opened = resources.add(new Identities(roots.proc(), roots.units(), hashed, mayWait));
        if (!opened.missing().isEmpty()) {
            notices.accept(IdentityWatch.missing(opened.missing()));
        }
        return opened;
    }

    private Optional<BpfOwners> bpf(
            Opening<ProgramSet> opening, LocalPorts ports, ProcessTable processes, BootClock clock) {
        try {
            BpfOwners owners = resources.add(BpfOwners.open(
                    opening.take(), sizes, ports, processes, groups, clock, identities, configuration.commandLine()));
            ProgramSet loaded = owners.programs();
            notices.accept(
                    loaded.isComplete()
                            ? BpfNotices.enabled(loaded.inPlace(), loaded.reportRefusals())
                            : BpfNotices.incomplete(loaded.refusals(), loaded.uncovered(), loaded.reportRefusals()));
            if (loaded.replacesRecords() && handover.isMemoryAdopted()) {
                notices.accept(
                        BpfNotices.recordsReplaced(handover.memory().events().notBeforeAll()));
            }
            watches.add(new ShortageWatch(owners::shortage, notices, System::nanoTime, EpochMicros::now));
            watches.add(new SnapshotWatch(BpfOwners.LARGEST_SNAPSHOT, owners::socketsDropped));
            return Optional.of(owners);
        } catch (IOException | UnsatisfiedLinkError e) {
            notices.accept(BpfNotices.disabled(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Returns the attributor, which is closed with this object. */
    FlowAttributor attributor() {
        return attributor;
    }

    /** Returns the BPF programs, which are closed with this object; empty if none is loaded. */
    Optional<ProgramSet> programs() {
        return bpf.map(BpfOwners::programs);
    }

    /** Returns the stage of thread {@code unit-watch}, which keeps the invocations of units up to date. */
    Stage unitWatch() {
        return new Stage() {
            @Override
            public void work() throws LinuxException {
                identities.watch(UNIT_WATCH_MILLIS);
            }

            @Override
            public void wake() {
                identities.wake();
            }
        };
    }

    /** Returns the watches over the layers. */
    List<Watch> watches() {
        return List.copyOf(watches);
    }

    @Override
    public void close() throws IOException {
        resources.close();
    }
}
