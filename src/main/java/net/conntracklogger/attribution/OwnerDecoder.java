// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.attribution.FlowOwnerLayout.COMM_SIZE;
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
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.RawText;

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
    private final boolean commandLines;
    private final AtomicLong forgotten = new AtomicLong();

    /**
     * Uses what it is given.
     *
     * @param facts is closed with this
     */
    OwnerDecoder(
            KernelFacts facts, ProcessTable processes, ControlGroups groups, BootClock clock, boolean commandLines) {
        this.facts = facts;
        this.processes = processes;
        this.groups = groups;
        this.clock = clock;
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

    static long uid(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_UID));
    }

    /** One or several of the layout's owner flags: whether any is set. */
    static boolean is(int flags, ByteBuffer bytes, int at) {
        return (bytes.getInt(at + OWNER_FLAGS) & flags) != 0;
    }

    /** What is known of the owner at this offset. */
    Owner decode(OwnerSource source, ByteBuffer bytes, int at) {
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
                of == null ? null : of.exe(),
                of == null || !commandLines ? null : of.commandLine(),
                of == null ? 0 : of.parent(),
                Integer.toUnsignedLong(bytes.getInt(at + OWNER_LOGINUID)),
                of == null ? null : of.ancestors());
        return Owner.of(source, process, group);
    }

    /** What the kernel noted of the image; what of that it has forgotten, /proc may tell. */
    private KernelFacts.Facts facts(ByteBuffer bytes, int at, RawText comm) {
        KernelFacts.Facts noted = facts.ofProcess(new KernelFacts.Image(
                bytes.getLong(at + OWNER_START), bytes.getInt(at + OWNER_TGID), bytes.getInt(at + OWNER_IMAGE)));
        if (noted != null && !(noted.cut() && commandLines)) {
            return noted;
        }
        ProcessRecord running = running(pid(bytes, at), startTicks(bytes, at), comm);
        if (running == null) {
            // Of who merely held a socket when the programs were loaded nothing had been noted.
            if (!is(HELD, bytes, at)) {
                forgotten.incrementAndGet();
            }
            return noted;
        }
        return noted == null
                ? new KernelFacts.Facts(running.exe(), running.commandLine(), false, running.parent(), null)
                : new KernelFacts.Facts(noted.exe(), running.commandLine(), false, noted.parent(), noted.ancestors());
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
