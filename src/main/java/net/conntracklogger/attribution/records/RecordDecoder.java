// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.ExecutableDigests;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;

/**
 * Decodes a {@code struct owner} and adds the recorded process image and cgroup. If these were evicted, reads /proc if the
 * process still runs. Not thread-safe, except for {@link #evicted}.
 */
public final class RecordDecoder implements AutoCloseable {
    private final ProcessImages images;
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final BootClock clock;
    private final Identities identities;
    private final int pidns;
    private final boolean commandLines;
    private final AtomicLong evicted = new AtomicLong();

    /**
     * Uses what it is given.
     *
     * @param images closed with this
     * @param pidns inode of the pid namespace of the service
     * @param commandLines whether owners get a command line
     */
    public RecordDecoder(
            ProcessImages images,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            Identities identities,
            int pidns,
            boolean commandLines) {
        this.images = images;
        this.processes = processes;
        this.groups = groups;
        this.clock = clock;
        this.identities = identities;
        this.pidns = pidns;
        this.commandLines = commandLines;
    }

    /** Returns the number of owners whose image record was evicted before the lookup. Thread-safe. */
    public long evicted() {
        return evicted.get();
    }

    /**
     * Decodes an owner.
     *
     * @param from the process owned the flow at some time from this one, nanoseconds of CLOCK_MONOTONIC
     * @param to up to this one
     */
    public Owner decode(OwnerSource source, OwnerRecord owner, long from, long to) throws LinuxException {
        if (owner.has(KERNEL)) {
            return Owner.unknown(Unattributed.KERNEL);
        }
        ControlGroup group = group(owner);
        if (owner.pid() == 0) {
            return Owner.ofSocket(source, owner.uid(), group, Unattributed.OTHER_PIDNS);
        }
        RawText comm = owner.comm();
        ProcessImages.Facts image = facts(owner, comm);
        ProcessInfo process = new ProcessInfo(
                owner.pid(),
                clock.epochMicros(owner.startTicks()),
                owner.uid(),
                owner.gid(),
                comm,
                image == null ? null : image.exe(owner.has(DELETED)),
                image == null || !commandLines ? null : image.commandLine(),
                image == null ? 0 : image.parent(),
                owner.loginUid(),
                image == null ? null : image.ancestors());
        boolean ownPidns = image != null && image.pidns() == pidns;
        Identity identity = identities.of(group, process.uid(), ownPidns, run(owner, image, from), from, to);
        return Owner.of(source, process, group, identity);
    }

    /** Returns the same owner with the identity that holds at a later time. */
    public Owner again(Owner owner, long now) throws LinuxException {
        return identities.again(owner, now);
    }

    private static Optional<ExecutableDigests.Run> run(OwnerRecord owner, ProcessImages.Facts image, long seen) {
        if (image == null || image.inode() == 0) {
            return Optional.empty();
        }
        RawText path = owner.has(DELETED) || image.deleted() ? null : image.exe();
        return Optional.of(new ExecutableDigests.Run(
                owner.image(/* version= */ 0),
                owner.pid(),
                owner.startTicks(),
                path,
                image.device(),
                image.inode(),
                seen));
    }

    /** The recorded image; what of it was evicted comes from /proc. */
    private ProcessImages.Facts facts(OwnerRecord owner, RawText comm) {
        ProcessImages.Facts recorded = images.ofProcess(owner.image());
        if (recorded != null && !(recorded.cut() && commandLines)) {
            return recorded;
        }
        ProcessInfo running = running(owner.pid(), owner.startTicks(), comm);
        if (running == null) {
            // An image is not recorded for each holder that the socket iterator lists.
            if (!owner.has(HELD)) {
                evicted.incrementAndGet();
            }
            return recorded;
        }
        return recorded == null
                ? ProcessImages.Facts.of(running, processes.isInOwnPidNamespace(running.pid()) ? pidns : 0)
                : recorded.withCommandLine(running.commandLine());
    }

    /** Reads a process from /proc; returns null if it has ended or has another name by now. */
    private ProcessInfo running(int pid, long startTicks, RawText comm) {
        ProcessTable.Stat stat = processes.stat(pid);
        boolean same =
                stat != null && stat.startTicks() == startTicks && stat.comm().equals(comm);
        return same ? processes.read(pid, stat) : null;
    }

    /**
     * Returns the cgroup of an owner, null if unknown. If systemd does not use the unified hierarchy, all processes are in its
     * root: then only /proc shows the cgroup, as long as the process runs.
     */
    public ControlGroup group(OwnerRecord owner) {
        ControlGroup recorded = images.ofGroup(owner.cgroupId());
        ControlGroup group = recorded != null ? recorded : groups.byId(owner.cgroupId());
        if (group != null && !group.path().equals("/")) {
            return group;
        }
        ControlGroup now = owner.pid() == 0 ? null : processes.controlGroup(owner.pid());
        ProcessTable.Stat stat = now == null ? null : processes.stat(owner.pid());
        boolean same = stat != null && stat.startTicks() == owner.startTicks();
        return same ? now : groups.placesUnits() ? group : null;
    }

    @Override
    public void close() {
        images.close();
    }
}
