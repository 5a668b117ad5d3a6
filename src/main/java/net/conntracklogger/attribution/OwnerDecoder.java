// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.attribution.FlowOwnerLayout.COMM_SIZE;
import static net.conntracklogger.attribution.FlowOwnerLayout.DELETED;
import static net.conntracklogger.attribution.FlowOwnerLayout.HELD;
import static net.conntracklogger.attribution.FlowOwnerLayout.KERNEL;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_CGROUP;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_COMM;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_FLAGS;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_GID;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_IMAGE;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_LOGINUID;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_PID;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_START;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_TGID;
import static net.conntracklogger.attribution.FlowOwnerLayout.OWNER_UID;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.LinuxException;

/**
 * Reads the {@code struct owner} of what the eBPF programs wrote, and adds what they noted of its process and control
 * group, or where they noted nothing what /proc says. Not safe for use by several threads.
 */
final class OwnerDecoder implements AutoCloseable {
    private static final long NANOS_PER_TICK = 10_000_000;

    private final KernelFacts facts;
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
    OwnerDecoder(
            KernelFacts facts,
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
    static int pid(ByteBuffer bytes, int at) {
        return bytes.getInt(at + OWNER_PID);
    }

    /** When the process started, in clock ticks since boot. */
    static long startTicks(ByteBuffer bytes, int at) {
        return bytes.getLong(at + OWNER_START) / NANOS_PER_TICK;
    }

    /** How many programs the process and its ancestors have run: while it stays the same, so does the program. */
    static int imageNumber(ByteBuffer bytes, int at) {
        return bytes.getInt(at + OWNER_IMAGE);
    }

    static long uid(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_UID));
    }

    /** One or several of the layout's owner flags: whether any is set. */
    static boolean is(int flags, ByteBuffer bytes, int at) {
        return (bytes.getInt(at + OWNER_FLAGS) & flags) != 0;
    }

    /**
     * What is known of the owner at this offset.
     *
     * @param from it owned the flow at some time since this one, CLOCK_MONOTONIC in nanoseconds
     * @param to and not later than this
     */
    Owner decode(OwnerSource source, ByteBuffer bytes, int at, long from, long to) throws LinuxException {
        if (is(KERNEL, bytes, at)) {
            return Owner.unknown(NoProcess.KERNEL);
        }
        int pid = pid(bytes, at);
        long ticks = startTicks(bytes, at);
        ControlGroup group = group(bytes, at);
        if (pid == 0) {
            return Owner.ofSocket(source, uid(bytes, at), group, NoProcess.OTHER_PIDNS);
        }
        byte[] comm = KernelFacts.name(bytes, at + OWNER_COMM, COMM_SIZE);
        RawText name = RawText.copyOf(comm, 0, comm.length);
        KernelFacts.Facts of = facts(bytes, at, name);
        ProcessRecord process = new ProcessRecord(
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
    Owner again(Owner owner, long now) throws LinuxException {
        return identities.again(owner, now);
    }

    private static Optional<ExecutableDigests.Run> run(ByteBuffer bytes, int at, KernelFacts.Facts of, long seen) {
        if (of == null || of.inode() == 0) {
            return Optional.empty();
        }
        RawText path = is(DELETED, bytes, at) || of.deleted() ? null : of.exe();
        return Optional.of(new ExecutableDigests.Run(
                image(bytes, at), pid(bytes, at), startTicks(bytes, at), path, of.device(), of.inode(), seen));
    }

    private static KernelFacts.Image image(ByteBuffer bytes, int at) {
        return new KernelFacts.Image(
                bytes.getLong(at + OWNER_START), bytes.getInt(at + OWNER_TGID), bytes.getInt(at + OWNER_IMAGE));
    }

    /** What the kernel noted of the image; what of that it has forgotten, /proc may tell. */
    private KernelFacts.Facts facts(ByteBuffer bytes, int at, RawText comm) {
        KernelFacts.Facts noted = facts.ofProcess(image(bytes, at));
        if (noted != null && !(noted.cut() && commandLines)) {
            return noted;
        }
        ProcessRecord running = running(pid(bytes, at), startTicks(bytes, at), comm);
        if (running == null) {
            // Of who is known as a holder of a socket alone nothing need have been noted.
            if (!is(HELD, bytes, at)) {
                forgotten.incrementAndGet();
            }
            return noted;
        }
        return noted == null
                ? KernelFacts.Facts.of(running, processes.isInOwnPidNamespace(running.pid()) ? pidns : 0)
                : noted.withCommandLine(running.commandLine());
    }

    /** What /proc says of a process, if that still runs under the same name. */
    private ProcessRecord running(int pid, long startTicks, RawText comm) {
        ProcessTable.Stat stat = processes.stat(pid);
        boolean same =
                stat != null && stat.startTicks() == startTicks && stat.comm().equals(comm);
        return same ? processes.read(pid, stat) : null;
    }

    /**
     * The control group of the owner at this offset, null where not known. On hosts of the old kind all processes are in
     * the root of the unified hierarchy: then /proc knows the group.
     */
    ControlGroup group(ByteBuffer bytes, int at) {
        long id = bytes.getLong(at + OWNER_CGROUP);
        int pid = pid(bytes, at);
        ControlGroup noted = facts.ofGroup(id);
        ControlGroup group = noted != null ? noted : groups.byId(id);
        if (group != null && !group.path().equals("/")) {
            return group;
        }
        ControlGroup of = pid == 0 ? null : processes.controlGroup(pid);
        ProcessTable.Stat stat = of == null ? null : processes.stat(pid);
        return stat != null && stat.startTicks() == startTicks(bytes, at) ? of : group;
    }

    @Override
    public void close() {
        facts.close();
    }
}
