// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import net.conntracklogger.attribution.BpfOwners;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.health.IdentityWatch;
import net.conntracklogger.health.ShortageWatch;
import net.conntracklogger.health.SnapshotWatch;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** What finds the owners of flows, as configured and as this kernel has it, and what the administrator must know of that. */
final class AttributionLayers implements Closeable {
    private final Configuration configuration;
    private final SystemRoots roots;
    private final Consumer<Notice> notices;
    private final Deque<Closeable> owned = new ArrayDeque<>();
    private FlowAttributor attributor;
    private IdentityWatch identities;
    private Optional<ShortageWatch> shortage = Optional.empty();
    private Optional<SnapshotWatch> snapshots = Optional.empty();

    private AttributionLayers(Configuration configuration, SystemRoots roots, Consumer<Notice> notices) {
        this.configuration = configuration;
        this.roots = roots;
        this.notices = notices;
    }

    /**
     * Opens them all.
     *
     * @param leisure whether who writes an entry has time to wait for what takes long to find out
     * @param notices told what the administrator must know
     */
    static AttributionLayers open(
            Configuration configuration, SystemRoots roots, BooleanSupplier leisure, Consumer<Notice> notices)
            throws IOException {
        AttributionLayers layers = new AttributionLayers(configuration, roots, notices);
        try {
            layers.open(leisure);
            return layers;
        } catch (IOException | RuntimeException | Error e) {
            layers.close();
            throw e;
        }
    }

    private void open(BooleanSupplier leisure) throws IOException {
        BootClock clock = BootClock.of(roots.bootNote(), roots.notesBoot());
        ProcessTable processes = own(new ProcessTable(roots.proc(), clock, configuration.commandLine()));
        ControlGroups groups = own(new ControlGroups(roots.cgroup()));
        PingSockets pings = own(new PingSockets(roots.proc()));
        Identities who = identities(clock, leisure);
        identities = new IdentityWatch(who);
        Optional<BpfOwners> kernel = configuration.attribution().contains(OwnerSource.BPF)
                ? kernelOwners(processes, groups, clock, who)
                : Optional.empty();
        SocketOwners sockets = own(new SocketOwners(
                configuration.attribution(), processes, groups, pings, LocalPorts.anonymous(roots.proc()), who));
        attributor = own(new FlowAttributor(new LocalAddresses(), kernel, sockets));
    }

    private Identities identities(BootClock clock, BooleanSupplier leisure) throws IOException {
        Optional<ProcessTable> processes = configuration.hashExecutables()
                ? Optional.of(new ProcessTable(roots.proc(), clock, /* commandLines= */ false))
                : Optional.empty();
        Identities found = own(new Identities(roots.proc(), roots.units(), processes, leisure));
        for (String field : found.missing()) {
            notices.accept(new Notice(Notice.Kind.IDENTITY_REDUCED, "entries will lack " + field));
        }
        return found;
    }

    /** Where the kernel does not take the programs the service does its work without, and says so. */
    private Optional<BpfOwners> kernelOwners(
            ProcessTable processes, ControlGroups groups, BootClock clock, Identities who) {
        MapSizes sizes = new MapSizes(configuration.kernelFlows(), configuration.kernelProcesses());
        try {
            BpfOwners owners = own(BpfOwners.load(
                    roots.proc(),
                    roots.flowOwner(),
                    sizes,
                    processes,
                    groups,
                    clock,
                    who,
                    configuration.commandLine()));
            notices.accept(
                    owners.programs().isComplete()
                            ? new Notice(
                                    Notice.Kind.KERNEL_ATTRIBUTION,
                                    "owners of flows are noted in the kernel by eBPF programs: "
                                            + String.join(" ", owners.programs().inPlace()))
                            : new Notice(
                                    Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                                    "this kernel does not take all eBPF programs, so that owners of these are not noted, and those"
                                            + " that end at once will be missing: "
                                            + owners.programs().refusals() + "; "
                                            + owners.programs().uncovered()));
            shortage = Optional.of(new ShortageWatch(owners::shortage));
            snapshots = Optional.of(new SnapshotWatch(owners::socketsDropped));
            return Optional.of(owners);
        } catch (IOException | UnsatisfiedLinkError e) {
            notices.accept(new Notice(
                    Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                    "owners of flows are not noted in the kernel, so that those of short-lived processes will be missing: "
                            + e.getMessage()));
            return Optional.empty();
        }
    }

    private <T extends Closeable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** Finds the owners; is closed with this. */
    FlowAttributor attributor() {
        return attributor;
    }

    /** Keeps up to date what is known of units. */
    Stage unitWatch() {
        return identities;
    }

    /** Looks for records that the kernel had no room for, and for what does not answer; call it about once a second. */
    void look() {
        shortage.flatMap(ShortageWatch::look).ifPresent(notices);
        snapshots.flatMap(SnapshotWatch::look).ifPresent(notices);
        identities.look().ifPresent(notices);
    }

    /** Tells what was not told yet, when no more flows are attributed. */
    void finish() {
        shortage.flatMap(ShortageWatch::rest).ifPresent(notices);
        snapshots.flatMap(SnapshotWatch::look).ifPresent(notices);
    }

    /** For the service's status: what is missing since the start; empty where nothing is. */
    String status() {
        return shortage.map(ShortageWatch::status).orElse("") + identities.status();
    }

    @Override
    public void close() throws IOException {
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }
}
