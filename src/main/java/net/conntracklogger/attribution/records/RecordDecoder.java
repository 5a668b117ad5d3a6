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
import net.conntracklogger.process.ProcessReadings;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * Decodes a {@code struct owner} and adds the recorded process image and cgroup. Reads from /proc what the programs could
 * not record, if the process still runs. Not thread-safe, except for {@link #evicted}.
 */
public final class RecordDecoder implements AutoCloseable {
    private final ProcessImages images;
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final BootClock clock;
    private final Identities identities;
    private final int pidns;
    private final ProcessReadings readings;
    private final DecodedOwners decoded = new DecodedOwners();
    private final AtomicLong evicted = new AtomicLong();

    /**
     * Creates the decoder.
     *
     * @param images closed with this
     * @param pidns inode of the pid namespace of the service
     */
    public RecordDecoder(
            ProcessImages images,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            Identities identities,
            int pidns) {
        this.images = images;
        this.processes = processes;
        this.groups = groups;
        this.clock = clock;
        this.identities = identities;
        this.pidns = pidns;
        readings = new ProcessReadings(processes);
    }

    /** Returns the number of owners whose image or command line was evicted before the lookup. Thread-safe. */
    public long evicted() {
        return evicted.get();
    }

    /**
     * Decodes the owner of a new flow. Flows of a process within a second usually get the same object.
     *
     * @param seen time at which the process owned the flow, nanoseconds of CLOCK_MONOTONIC
     */
    public Owner decode(OwnerRecord owner, long seen) throws LinuxException {
        long unitChanges = identities.unitChanges(seen);
        Owner known = decoded.get(owner, seen, unitChanges);
        if (known != null) {
            return known;
        }
        Owner made = decode(OwnerSource.BPF, owner, seen, seen);
        if (isStable(made)) {
            decoded.put(made, seen, freshUntil(owner, seen), unitChanges);
        }
        return made;
    }

    /** Reports whether the facts that are not in the record stay the same briefly. */
    private static boolean isStable(Owner owner) {
        ProcessInfo process = owner.process();
        return process != null
                && process.exe() != null
                && owner.cgroup() != null
                && owner.cgroup().userUnit() == null; // its manager publishes no change
    }

    private long freshUntil(OwnerRecord owner, long seen) {
        return owner.has(DISTANT)
                ? readings.freshUntil(owner.pid(), owner.startTicks())
                : seen + DecodedOwners.FRESH_NANOS;
    }

    /**
     * Decodes an owner.
     *
     * @param from earliest time at which the process may have owned the flow, nanoseconds of CLOCK_MONOTONIC
     * @param to latest such time
     */
    public Owner decode(OwnerSource source, OwnerRecord owner, long from, long to) throws LinuxException {
        if (owner.has(KERNEL)) {
            return Owner.unknown(Unattributed.KERNEL);
        }
        ControlGroup recorded = recordedGroup(owner);
        ControlGroup group = group(owner, recorded);
        if (owner.pid() == 0) {
            return Owner.ofSocket(source, owner.uid(), group, Unattributed.OTHER_PIDNS);
        }
        RawText comm = owner.comm();
        ImageFacts image = facts(owner, comm);
        ProcessInfo process = new ProcessInfo(
                owner.pid(),
                clock.epochMicros(owner.startTicks()),
                owner.uid(),
                owner.gid(),
                owner.euid(),
                comm,
                image == null ? null : image.exe(owner.has(DELETED)),
                image == null ? null : image.commandLine(),
                image == null ? 0 : image.parent(),
                owner.loginUid(),
                image == null ? null : image.ancestors());
        boolean ownPidns = image != null && image.pidns() == pidns;
        // In the root of a hierarchy that systemd does not use only the pid namespace shows a container.
        Identity identity = identities.of(
                group == null ? recorded : group, process.uid(), ownPidns, run(owner, image, from), from, to);
        return Owner.of(source, process, group, identity);
    }

    private static Optional<ExecutableDigests.Run> run(OwnerRecord owner, ImageFacts image, long seen) {
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

    /** Returns the certain facts about the image that began a flow; null if none. */
    private ImageFacts facts(OwnerRecord owner, RawText comm) {
        ImageFacts recorded = images.ofProcess(owner.image());
        ImageFacts facts = needsReading(owner, recorded) ? read(owner, comm, recorded) : recorded;
        boolean complete = facts != null && !facts.lacksCommandLine();
        // The programs do not record an image for each holder that the socket iterator lists.
        if (!complete && !owner.has(HELD)) {
            evicted.incrementAndGet();
        }
        return facts;
    }

    /**
     * Reports whether /proc has facts that are not in the record. Those that were evicted are not taken from there, because
     * the process may have called exec or changed its title since.
     */
    private static boolean needsReading(OwnerRecord owner, ImageFacts recorded) {
        return owner.has(DISTANT) || (recorded == null ? owner.has(HELD) : recorded.exe() == null);
    }

    private ImageFacts read(OwnerRecord owner, RawText comm, ImageFacts recorded) {
        ProcessInfo running = readings.recent(owner.pid(), owner.startTicks());
        if (running == null || !running.comm().equals(comm)) {
            return recorded;
        }
        if (recorded == null) {
            return ImageFacts.of(running, processes.isInOwnPidNamespace(running.pid()) ? pidns : 0);
        }
        return owner.has(DISTANT) ? recorded.changedTo(running) : recorded.withExe(running.exe());
    }

    /**
     * Returns an owner of an earlier flow as it is now. User, group and cgroup are current; all else is at most a
     * second old. Returns the earlier owner if the process has ended.
     */
    public Owner refresh(Owner owner, long startTicks, long now) throws LinuxException {
        ProcessInfo before = owner.process();
        ProcessInfo running = before == null ? null : readings.withIds(before.pid(), startTicks);
        // The directory of an exiting process is still there, but shows neither program nor command line.
        if (running == null || running.exe() == null && before.exe() != null) {
            return identities.again(owner, now);
        }
        ControlGroup group = processes.controlGroup(before.pid());
        ProcessInfo process = new ProcessInfo(
                before.pid(),
                before.start(),
                running.uid(),
                running.gid(),
                running.effectiveUid(),
                running.comm(),
                running.exe(),
                running.commandLine(),
                running.parent(),
                running.loginUid(),
                before.parent() == running.parent() ? before.ancestors() : null);
        return identities.again(Owner.of(owner.source(), process, group, owner.identity()), now);
    }

    /**
     * Returns the cgroup of an owner, null if unknown. If systemd does not use the unified hierarchy, all processes are
     * in its root. Only /proc then shows the cgroup, while the process runs.
     */
    public ControlGroup group(OwnerRecord owner) {
        return group(owner, recordedGroup(owner));
    }

    private ControlGroup recordedGroup(OwnerRecord owner) {
        ControlGroup recorded = images.ofGroup(owner.cgroupId());
        return recorded != null ? recorded : groups.byId(owner.cgroupId());
    }

    private ControlGroup group(OwnerRecord owner, ControlGroup recorded) {
        if (recorded != null && !recorded.path().equals("/")) {
            return recorded;
        }
        ControlGroup now = owner.pid() == 0 ? null : processes.controlGroup(owner.pid());
        ProcessStat stat = now == null ? null : processes.stat(owner.pid());
        boolean same = stat != null && stat.startTicks() == owner.startTicks();
        return same ? now : groups.placesUnits() ? recorded : null;
    }

    @Override
    public void close() {
        images.close();
    }
}
