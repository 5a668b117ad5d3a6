// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.attribution.FlowOwnerLayout.*;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Owners of flows, as eBPF programs in the kernel wrote them down while the flows began: nothing has to be there any more
 * when it is asked. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a unified control group hierarchy, of which it
 * covers the part that can be seen from here. Not safe for use by several threads.
 */
public final class KernelOwners implements Closeable {
    /** {@code asm-generic/socket.h} */
    private static final int SO_NETNS_COOKIE = 71;

    private static final int INIT = 1;
    private static final long NANOS_PER_TICK = 10_000_000;

    /**
     * What is noted at connect(), or in another namespace, is older than the event by as long as the packet took to get
     * here, in nanoseconds; a first SYN may get lost.
     */
    private static final long ON_THE_WAY = 4_000_000_000L;
    /**
     * All else is noted as the packet leaves or arrives, after the event, and by a process that goes on not with every
     * packet. Within this time two uses of one tuple are not told apart.
     */
    private static final long AT_ONCE = 20_000_000;

    /** Where a look leads. */
    sealed interface Finding {
        /** Nothing is written, or nothing yet. */
        record Nothing() implements Finding {}

        /** Who was to take the flow has passed the socket on, or is gone: who holds it now can be asked. */
        record Unsettled() implements Finding {}

        /**
         * Several processes used the tuple, and nothing tells which of them began this flow. Least of all who has it now.
         *
         * @param lasting false where this flow's own note may still come
         */
        record Ambiguous(boolean lasting) implements Finding {}

        /**
         * Somebody; where the note is old, a newer one may be about to come, of a raw socket that goes on with a
         * connection's tuple.
         */
        record Found(Owner owner, boolean old) implements Finding {}
    }

    static final Finding NOTHING = new Finding.Nothing();
    private static final Finding UNSETTLED = new Finding.Unsettled();
    private static final Finding AMBIGUOUS = new Finding.Ambiguous(/* lasting= */ true);
    private static final Finding GIVEN_BEFORE = new Finding.Ambiguous(/* lasting= */ false);
    private static final int GIVEN = 4096;

    private final FlowPrograms programs;
    private final BpfMap flows;
    private final KernelFacts facts;
    private final BpfMap counters;
    private final AtomicLong forgotten = new AtomicLong();
    private final ProcessTable processes;
    private final ControlGroups groups;
    private final BootClock clock;
    private final boolean commandLines;
    /** Times of the notes that were given to a flow, by hash of their key. */
    private final long[] given = new long[GIVEN];

    private KernelOwners(
            FlowPrograms programs,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            boolean commandLines) {
        this.programs = programs;
        this.flows = new BpfMap(programs.map("flows"), KEY_LENGTH, FLOW_LENGTH, FLOW_OTHER_SEEN);
        this.facts = new KernelFacts(programs);
        this.counters =
                new BpfMap(programs.map("counters"), Integer.BYTES, LibBpf.libbpf_num_possible_cpus() * Long.BYTES, 0);
        this.processes = processes;
        this.groups = groups;
        this.clock = clock;
        this.commandLines = commandLines;
    }

    /**
     * Loads the programs, and notes the sockets that are there already.
     *
     * @param object their object file
     * @param entries how many records the maps {@code flows} and {@code processes} may hold
     * @throws IOException where this kernel does not take them, or does not let us
     */
    public static KernelOwners load(
            Path object,
            Map<String, Integer> entries,
            ProcessTable processes,
            ControlGroups groups,
            BootClock clock,
            boolean commandLines)
            throws IOException {
        if (!groups.isUnified()) {
            throw new IOException("no unified control group hierarchy is mounted");
        }
        try (NativeBuffer config = new NativeBuffer(CONFIG_LENGTH)) {
            config.bytes().putLong(CONFIG_NETNS_COOKIE, netnsCookie());
            config.bytes().putLong(CONFIG_CGROUP_ROOT, inode(groups.mount()));
            config.bytes().putInt(CONFIG_PIDNS, (int) inode(Path.of("/proc/self/ns/pid")));
            FlowPrograms programs = FlowPrograms.load(object.toString(), entries, config, groups.mountDescriptor());
            programs.iterate("sockets");
            return new KernelOwners(programs, processes, groups, clock, commandLines);
        }
    }

    private static long inode(Path path) throws IOException {
        return (Long) Files.getAttribute(path, "unix:ino");
    }

    private static long netnsCookie() throws LinuxException {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, 0);
        try (NativeBuffer value = new NativeBuffer(Long.BYTES + Integer.BYTES)) {
            value.bytes().putInt(Long.BYTES, Long.BYTES);
            if (LibC.getsockopt(
                            fd,
                            LibC.SOL_SOCKET,
                            SO_NETNS_COOKIE,
                            value.pointer(),
                            value.pointer().share(Long.BYTES))
                    < 0) {
                throw LinuxException.last("read the cookie of", "the network namespace", "needs Linux 5.14");
            }
            return value.bytes().getLong(0);
        } finally {
            LibC.close(fd);
        }
    }

    /** Names of the programs that this kernel does not take. */
    public Set<String> missing() {
        return programs.missing();
    }

    /** Records that the kernel's maps had no room for. Any thread may ask. */
    public synchronized long refused() {
        return count(FLOWS_FAILED) + count(PROCESSES_FAILED);
    }

    /** Flows whose process the kernel had forgotten again: KernelProcesses= is too small. Any thread may ask. */
    public long forgotten() {
        return forgotten.get();
    }

    private long count(int counter) {
        counters.key().putInt(0, counter);
        if (!counters.find()) {
            return 0;
        }
        long sum = 0;
        for (int i = 0; i < counters.value().capacity(); i += Long.BYTES) {
            sum += counters.value().getLong(i);
        }
        return sum;
    }

    /** Names of the programs that are in place. */
    public Set<String> programs() {
        return programs.attached();
    }

    /**
     * Who sent the first packet of a flow.
     *
     * @param here whether from a socket of this network namespace
     * @param notBefore the flow began after this time of CLOCK_MONOTONIC, in nanoseconds
     */
    Finding initiator(FlowTuple tuple, boolean here, long notBefore) {
        if (!find(tuple, INITIATOR, here)) {
            return NOTHING;
        }
        boolean connected = tuple.protocol().equals(Protocol.TCP) && (flags() & FORGED) == 0;
        return connected || !here ? notedBefore(here, notBefore) : notedAfter(notBefore);
    }

    /**
     * Whose socket took the first packet of a flow: who listens. That may be somebody else by now where the socket was
     * passed on, as by a service manager that listens for its services.
     *
     * @param tuple as that socket sees it
     */
    Finding acceptor(FlowTuple tuple, boolean here, long notBefore) {
        if (!find(tuple, ACCEPTOR, here)) {
            return NOTHING;
        }
        int pid = flows.value().getInt(FLOW_OWNER + OWNER_PID);
        ProcessTable.Stat stat = pid == 0 ? null : processes.stat(pid);
        long start = flows.value().getLong(FLOW_OWNER + OWNER_START) / NANOS_PER_TICK;
        boolean passedOn = pid == INIT || pid != 0 && (stat == null || stat.startTicks() != start);
        return passedOn ? UNSETTLED : notedAfter(notBefore);
    }

    private boolean find(FlowTuple tuple, byte role, boolean here) {
        writeKey(flows.key(), tuple, role, here);
        return flows.find();
    }

    private int flags() {
        return flows.value().getInt(FLOW_OWNER + OWNER_FLAGS);
    }

    private long seen() {
        return flows.value().getLong(FLOW_SEEN);
    }

    /** Whether another process used the tuple later than so long before that time. */
    private boolean isShared(long before, long notBefore) {
        long otherSeen = flows.value().getLong(FLOW_OTHER_SEEN);
        return otherSeen != 0 && otherSeen + before >= notBefore;
    }

    private Finding notedBefore(boolean here, long notBefore) {
        if (seen() + ON_THE_WAY < notBefore) {
            return NOTHING; // Of an earlier flow.
        }
        // Containers can have the same address. Then the packet of the other may be the one that was still on its way.
        boolean shared = here ? seen() >= notBefore && isShared(AT_ONCE, notBefore) : isShared(ON_THE_WAY, notBefore);
        return shared ? AMBIGUOUS : found(seen() + AT_ONCE < notBefore);
    }

    private Finding notedAfter(long notBefore) {
        if (seen() < notBefore) {
            return NOTHING; // Of an earlier flow.
        }
        if (isShared(AT_ONCE, notBefore)) {
            return AMBIGUOUS;
        }
        // As long as it is the very note that an earlier flow of the tuple had, this flow's own is still to come.
        int slot = slot();
        if (given[slot] == seen()) {
            return GIVEN_BEFORE;
        }
        given[slot] = seen();
        return found(/* old= */ false);
    }

    private int slot() {
        long hash = 0;
        for (int i = 0; i < KEY_LENGTH; i += Long.BYTES) {
            hash = (hash ^ flows.key().getLong(i)) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 32;
        }
        return (int) hash & GIVEN - 1;
    }

    private Finding found(boolean old) {
        boolean kernel = (flags() & KERNEL) != 0;
        return new Finding.Found(kernel ? Owner.unknown(NoProcess.KERNEL) : owner(flows.value()), !kernel && old);
    }

    private Owner owner(ByteBuffer flow) {
        long start = flow.getLong(FLOW_OWNER + OWNER_START);
        KernelFacts.Image image = new KernelFacts.Image(
                start, flow.getInt(FLOW_OWNER + OWNER_TGID), flow.getInt(FLOW_OWNER + OWNER_IMAGE));
        int pid = flow.getInt(FLOW_OWNER + OWNER_PID);
        long uid = Integer.toUnsignedLong(flow.getInt(FLOW_OWNER + OWNER_UID));
        ControlGroup group = group(flow.getLong(FLOW_OWNER + OWNER_CGROUP), pid, start / NANOS_PER_TICK);
        if (pid == 0) {
            return Owner.ofSocket(OwnerSource.BPF, uid, group, NoProcess.OTHER_PIDNS);
        }
        byte[] comm = KernelFacts.name(flow, FLOW_OWNER + OWNER_COMM, COMM_SIZE);
        RawText name = RawText.copyOf(comm, 0, comm.length);
        KernelFacts.Facts of = facts(image, pid, name);
        ProcessRecord process = new ProcessRecord(
                pid,
                clock.epochMicros(start / NANOS_PER_TICK),
                uid,
                Integer.toUnsignedLong(flow.getInt(FLOW_OWNER + OWNER_GID)),
                name,
                of == null ? null : of.exe(),
                of == null || !commandLines ? null : of.commandLine(),
                of == null ? 0 : of.parent(),
                Integer.toUnsignedLong(flow.getInt(FLOW_OWNER + OWNER_LOGINUID)),
                of == null ? null : of.ancestors());
        return Owner.of(OwnerSource.BPF, process, group);
    }

    /** What the kernel noted of the image; else, of a process that still runs under the same name, what /proc says. */
    private KernelFacts.Facts facts(KernelFacts.Image image, int pid, RawText comm) {
        KernelFacts.Facts noted = facts.ofProcess(image);
        if (noted != null) {
            return noted;
        }
        ProcessTable.Stat stat = processes.stat(pid);
        boolean same = stat != null
                && stat.startTicks() == image.start() / NANOS_PER_TICK
                && stat.comm().equals(comm);
        ProcessRecord running = same ? processes.read(pid, stat) : null;
        if (running == null) {
            forgotten.incrementAndGet();
            return null;
        }
        return new KernelFacts.Facts(running.exe(), running.commandLine(), running.parent(), null);
    }

    /** On hosts of the old kind all processes are in the root of the unified hierarchy: then /proc knows the group. */
    private ControlGroup group(long id, int pid, long startTicks) {
        ControlGroup noted = facts.ofGroup(id);
        ControlGroup group = noted != null ? noted : groups.byId(id);
        if (group != null && !group.path().equals("/")) {
            return group;
        }
        ControlGroup of = pid == 0 ? null : processes.controlGroup(pid);
        ProcessTable.Stat stat = of == null ? null : processes.stat(pid);
        return stat != null && stat.startTicks() == startTicks ? of : group;
    }

    private static void writeKey(ByteBuffer key, FlowTuple tuple, byte role, boolean here) {
        tuple.source().asMapped().write(key, KEY_SOURCE);
        tuple.destination().asMapped().write(key, KEY_DESTINATION);
        short sourcePort = 0;
        short destinationPort = 0;
        // Kernels that still know the ports of DCCP tell them.
        if (tuple.layer4() instanceof Layer4.Ports ports && !tuple.protocol().equals(Protocol.DCCP)) {
            sourcePort = (short) ports.source();
            destinationPort = (short) ports.destination();
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            sourcePort = (short) icmp.id();
            destinationPort = (short) (icmp.type() << 8 | icmp.code());
        }
        key.putShort(KEY_SOURCE_PORT, bigEndian(sourcePort)).putShort(KEY_DESTINATION_PORT, bigEndian(destinationPort));
        key.put(KEY_PROTOCOL, (byte) tuple.protocol().number()).put(KEY_ROLE, role);
        key.put(KEY_OWN_NETNS, (byte) (here ? 1 : 0));
    }

    private static short bigEndian(short port) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? port : Short.reverseBytes(port);
    }

    @Override
    public void close() {
        programs.close();
        flows.close();
        facts.close();
        counters.close();
    }
}
