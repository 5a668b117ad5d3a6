// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.COMM_SIZE;
import static net.conntracklogger.attribution.records.RecordLayout.DELETED;
import static net.conntracklogger.attribution.records.RecordLayout.HELD;
import static net.conntracklogger.attribution.records.RecordLayout.KERNEL;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_CGROUP;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_COMM;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_FLAGS;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_GID;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_IMAGE;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_LOGINUID;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_PID;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_START;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_TGID;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_UID;

import java.nio.ByteBuffer;
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
import net.conntracklogger.process.ImageId;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * Reads the {@code struct owner} of what the eBPF programs wrote, and adds what they noted of its process and control
 * group, or where they noted nothing what /proc says. Not safe for use by several threads.
 */
public final class RecordDecoder implements AutoCloseable {
    private static final long NANOS_PER_TICK = 10_000_000;

    private final ProcessImages facts;
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final BootClock clock;
    private final Identities identities;
    private final int pidns;
    private final boolean commandLines;
    private final AtomicLong forgotten = new AtomicLong();

    /**
     * Uses what it is given.
     *
     * @param facts is closed with this
     * @param pidns inode of the service's pid namespace
     */
    RecordDecoder(
            ProcessImages facts,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            Identities identities,
            int pidns,
            boolean commandLines) {
        this.facts = facts;
        this.processes = processes;
        this.groups = groups;
        this.clock = clock;
        this.identities = identities;
        this.pidns = pidns;
        this.commandLines = commandLines;
    }

    /** Owners of whom something had been noted that was not kept until they were read. Any thread may ask. */
    long forgotten() {
        return forgotten.get();
    }

    /** The process id in the service's pid namespace, 0 where it cannot be seen from there. */
    public static int pid(ByteBuffer bytes, int at) {
        return bytes.getInt(at + OWNER_PID);
    }

    /** When the process started, in clock ticks since boot. */
    public static long startTicks(ByteBuffer bytes, int at) {
        return bytes.getLong(at + OWNER_START) / NANOS_PER_TICK;
    }

    /** How many programs the process and its ancestors have run: while it stays the same, so does the program. */
    public static int imageNumber(ByteBuffer bytes, int at) {
        return bytes.getInt(at + OWNER_IMAGE);
    }

    public static long uid(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_UID));
    }

    /** One or several of the layout's owner flags: whether any is set. */
    public static boolean is(int flags, ByteBuffer bytes, int at) {
        return (bytes.getInt(at + OWNER_FLAGS) & flags) != 0;
    }

    /**
     * What is known of the owner at this offset.
     *
     * @param from it owned the flow at some time since this one, CLOCK_MONOTONIC in nanoseconds
     * @param to and not later than this
     */
    public Owner decode(OwnerSource source, ByteBuffer bytes, int at, long from, long to) throws LinuxException {
        if (is(KERNEL, bytes, at)) {
            return Owner.unknown(Unattributed.KERNEL);
        }
        int pid = pid(bytes, at);
        long ticks = startTicks(bytes, at);
        ControlGroup group = group(bytes, at);
        if (pid == 0) {
            return Owner.ofSocket(source, uid(bytes, at), group, Unattributed.OTHER_PIDNS);
        }
        byte[] comm = ProcessImages.name(bytes, at + OWNER_COMM, COMM_SIZE);
        RawText name = RawText.copyOf(comm, 0, comm.length);
        ProcessImages.Facts of = facts(bytes, at, name);
        ProcessInfo process = new ProcessInfo(
                pid,
                clock.epochMicros(ticks),
                uid(bytes, at),
                Integer.toUnsignedLong(bytes.getInt(at + OWNER_GID)),
                name,
                of == null ? null : of.exe(is(DELETED, bytes, at)),
                of == null || !commandLines ? null : of.commandLine(),
                of == null ? 0 : of.parent(),
                Integer.toUnsignedLong(bytes.getInt(at + OWNER_LOGINUID)),
                of == null ? null : of.ancestors());
        boolean ownPidns = of != null && of.pidns() == pidns;
        Identity identity = identities.of(group, process.uid(), ownPidns, run(bytes, at, of, from), from, to);
        return Owner.of(source, process, group, identity);
    }

    /** The same owner as of another flow, at this time. */
    public Owner again(Owner owner, long now) throws LinuxException {
        return identities.again(owner, now);
    }

    private static Optional<ExecutableDigests.Run> run(ByteBuffer bytes, int at, ProcessImages.Facts of, long seen) {
        if (of == null || of.inode() == 0) {
            return Optional.empty();
        }
        RawText path = is(DELETED, bytes, at) || of.deleted() ? null : of.exe();
        return Optional.of(new ExecutableDigests.Run(
                image(bytes, at), pid(bytes, at), startTicks(bytes, at), path, of.device(), of.inode(), seen));
    }

    private static ImageId image(ByteBuffer bytes, int at) {
        return new ImageId(
                bytes.getLong(at + OWNER_START), bytes.getInt(at + OWNER_TGID), bytes.getInt(at + OWNER_IMAGE));
    }

    /** What the kernel noted of the image; what of that it has forgotten, /proc may tell. */
    private ProcessImages.Facts facts(ByteBuffer bytes, int at, RawText comm) {
        ProcessImages.Facts noted = facts.ofProcess(image(bytes, at));
        if (noted != null && !(noted.cut() && commandLines)) {
            return noted;
        }
        ProcessInfo running = running(pid(bytes, at), startTicks(bytes, at), comm);
        if (running == null) {
            // Of who is known as a holder of a socket alone nothing need have been noted.
            if (!is(HELD, bytes, at)) {
                forgotten.incrementAndGet();
            }
            return noted;
        }
        return noted == null
                ? ProcessImages.Facts.of(running, processes.isInOwnPidNamespace(running.pid()) ? pidns : 0)
                : noted.withCommandLine(running.commandLine());
    }

    /** What /proc says of a process, if that still runs under the same name. */
    private ProcessInfo running(int pid, long startTicks, RawText comm) {
        ProcessStat stat = processes.stat(pid);
        boolean same =
                stat != null && stat.startTicks() == startTicks && stat.comm().equals(comm);
        return same ? processes.read(pid, stat) : null;
    }

    /**
     * The control group of the owner at this offset, null where not known. On hosts of the old kind all processes are in
     * the root of the unified hierarchy: then /proc knows the group.
     */
    public ControlGroup group(ByteBuffer bytes, int at) {
        long id = bytes.getLong(at + OWNER_CGROUP);
        int pid = pid(bytes, at);
        ControlGroup noted = facts.ofGroup(id);
        ControlGroup group = noted != null ? noted : groups.byId(id);
        if (group != null && !group.path().equals("/")) {
            return group;
        }
        ControlGroup of = pid == 0 ? null : processes.controlGroup(pid);
        ProcessStat stat = of == null ? null : processes.stat(pid);
        return stat != null && stat.startTicks() == startTicks(bytes, at) ? of : group;
    }

    @Override
    public void close() {
        facts.close();
    }
}
