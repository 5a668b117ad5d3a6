// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfObject;
import net.conntracklogger.linux.bpf.BpfSharedValue;

/**
 * The BPF programs of {@code src/main/bpf}, loaded and attached to a cgroup and all below it. The programs run until this
 * is closed or the service ends. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN.
 */
public final class ProgramSet implements Closeable {
    /** Only makes lookups cheaper. */
    private static final String LOOK_UP = "look_up";
    /** Shows packet sockets that are closed within a second. Attributes no flow. */
    private static final String PACKET_SOCKETS = "packet_socket_created";

    private static final int VERIFIER_LOG_BYTES = 64 * 1024;

    private final BpfObject object;
    private final KeptPrograms kept;
    private final BpfSharedValue exchange;
    private final List<Refusal> refusals;
    private final boolean looksUp;
    private final boolean recordsPacketSockets;
    private final Set<FlowProgram> present = EnumSet.allOf(FlowProgram.class);

    private ProgramSet(BpfObject object, KeptPrograms kept, List<Refusal> refusals) throws LinuxException {
        this.object = object;
        this.kept = kept;
        this.exchange = object.share("exchange");
        this.refusals = refusals.stream()
                .filter(refusal -> !Set.of(LOOK_UP, PACKET_SOCKETS).contains(refusal.program()))
                .toList();
        Set<String> missing = names(refusals);
        looksUp = !missing.contains(LOOK_UP);
        recordsPacketSockets = !missing.contains(PACKET_SOCKETS);
        present.removeIf(program -> missing.contains(program.text()));
    }

    /**
     * Loads and attaches the programs. Leaves out programs that this kernel refuses.
     *
     * @param path the object file
     * @param entries of each map by name
     * @param config a {@code struct config}
     * @param cgroup descriptor of the cgroup directory
     * @param handover may have the maps and links of the process before
     * @throws LinuxException if no program is in place
     */
    public static ProgramSet load(
            String path, Map<String, Integer> entries, NativeBuffer config, int cgroup, Handover handover)
            throws LinuxException {
        KeptPrograms kept = KeptPrograms.take(handover, path, entries, config);
        try {
            return load(path, entries, config, cgroup, kept);
        } catch (LinuxException e) {
            kept.close();
            kept.dropUnused();
            throw e;
        }
    }

    private static ProgramSet load(
            String path, Map<String, Integer> entries, NativeBuffer config, int cgroup, KeptPrograms kept)
            throws LinuxException {
        List<Refusal> refusals = new ArrayList<>();
        BpfObject object = open(path, entries, config, refusals, kept);
        try {
            int status = object.load();
            if (status < 0 && !isShortOfMemory(status)) {
                // Some kernels refuse to trace functions. All other programs run on any kernel that is recent enough.
                object.close();
                refusals.add(new Refusal(PACKET_SOCKETS, LibC.strerror(-status), ""));
                object = open(path, entries, config, refusals, kept);
                status = object.load();
            }
            if (status < 0) {
                object.close();
                refusals.clear();
                if (isShortOfMemory(status)) {
                    throw new LinuxException("load", path, -status, "lower KernelFlows= or KernelProcesses=");
                }
                refusals.addAll(refusals(path, config));
                requireAny(path, refusals, -status);
                object = open(path, entries, config, refusals, kept);
                status = object.load();
            }
            if (status < 0) {
                throw new LinuxException("load", path, -status, "");
            }
            attach(object, cgroup, kept, refusals);
            requireAny(path, refusals, Errno.EPERM);
            kept.leaveMaps(object);
            return new ProgramSet(object, kept, refusals);
        } catch (LinuxException e) {
            object.close();
            throw e;
        }
    }

    private static BpfObject open(
            String path, Map<String, Integer> entries, NativeBuffer config, List<Refusal> refusals, KeptPrograms kept)
            throws LinuxException {
        BpfObject object = open(path, entries, config, names(refusals));
        kept.reuseMaps(object);
        return object;
    }

    private static boolean isShortOfMemory(int status) {
        return status == -Errno.ENOMEM || status == -Errno.E2BIG;
    }

    private static BpfObject open(String path, Map<String, Integer> entries, NativeBuffer config, Set<String> without)
            throws LinuxException {
        BpfObject object = BpfObject.open(path);
        entries.forEach(object::setEntries);
        object.setContent(BpfObject.CONFIG_MAP, config);
        without.forEach(object::omit);
        return object;
    }

    /** Returns the refusals of programs, each tried alone with maps as small as possible. */
    private static List<Refusal> refusals(String path, NativeBuffer config) throws LinuxException {
        Map<String, Integer> entries = new MapSizes(1, 1).entries(/* cpus= */ 1);
        List<Refusal> refusals = new ArrayList<>();
        Set<String> all;
        try (BpfObject whole = open(path, entries, config, Set.of())) {
            all = new TreeSet<>(whole.programs().keySet());
        }
        for (String name : all) {
            Set<String> others = new TreeSet<>(all);
            others.remove(name);
            try (NativeBuffer log = new NativeBuffer(VERIFIER_LOG_BYTES);
                    BpfObject alone = open(path, entries, config, others)) {
                alone.collectLog(name, log);
                int status = alone.load();
                if (status < 0) {
                    refusals.add(Refusal.ofLoad(
                            name, LibC.strerror(-status), log.pointer().getString(0)));
                }
            }
        }
        return refusals;
    }

    /**
     * Another program that was attached without {@code BPF_F_ALLOW_MULTI} can keep one hook of the cgroup for itself.
     */
    private static void attach(BpfObject object, int cgroup, KeptPrograms kept, List<Refusal> refusals) {
        Set<String> loaded = new TreeSet<>(object.programs().keySet());
        loaded.removeAll(names(refusals));
        for (String name : loaded) {
            if (!object.runsOnRequest(name)) {
                try {
                    kept.attach(object, name, cgroup);
                } catch (LinuxException e) {
                    refusals.add(new Refusal(name, "not attached: " + LibC.strerror(e.errno()), ""));
                }
            }
        }
    }

    private static void requireAny(String path, List<Refusal> refusals, int errno) throws LinuxException {
        if (FlowProgram.isNothingLeft(names(refusals))) {
            String hint = errno == Errno.EPERM
                    ? "needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"
                    : "needs BTF (/sys/kernel/btf/vmlinux), and no kernel lockdown in the mode confidentiality";
            throw new LinuxException("load", path, errno, refusals.get(0) + "; " + hint);
        }
    }

    private static Set<String> names(List<Refusal> refusals) {
        return refusals.stream().map(Refusal::program).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names of the programs that are in place. */
    public Set<String> inPlace() {
        Set<String> names = present.stream().map(FlowProgram::text).collect(Collectors.toCollection(TreeSet::new));
        if (recordsPacketSockets) {
            names.add(PACKET_SOCKETS);
        }
        return names;
    }

    /** Returns the programs that are not in place, with the reasons. */
    public List<Refusal> refusals() {
        return refusals;
    }

    /** Reports whether all programs that attribute flows are in place. */
    public boolean isComplete() {
        return refusals.isEmpty();
    }

    /** Reports whether the programs record who opens a packet socket, in the map {@code packet_sockets}. */
    public boolean recordsPacketSockets() {
        return recordsPacketSockets;
    }

    /** Describes what is not recorded because programs are missing; empty if all are in place. */
    public String uncovered() {
        return FlowProgram.uncovered(names(refusals));
    }

    /** Reports whether the initiators of flows of a protocol are recorded. */
    public boolean recordsInitiators(Protocol protocol) {
        return present.contains(
                protocol.equals(Protocol.TCP) ? FlowProgram.TCP_CONNECT_OR_LISTEN : FlowProgram.PACKET_SENT);
    }

    /** Reports whether the record of a connection is updated with each SYN packet that leaves. */
    public boolean recordsSyns() {
        return present.contains(FlowProgram.PACKET_SENT);
    }

    /** Reports whether acceptors are recorded. */
    public boolean recordsAcceptors() {
        return present.contains(FlowProgram.PACKET_RECEIVED);
    }

    /** Reports whether the programs copy the DNS answers that this host requested to the map {@code answers}. */
    public boolean copiesDnsAnswers() {
        return present.contains(FlowProgram.PACKET_SENT) && present.contains(FlowProgram.PACKET_RECEIVED);
    }

    /** Returns the program that lists the sockets of processes; empty if it is not in place. */
    public Optional<Pointer> socketIterator() {
        return present.contains(FlowProgram.SOCKETS)
                ? Optional.of(object.programs().get(FlowProgram.SOCKETS.text()))
                : Optional.empty();
    }

    /** Returns the program that lists the UDP sockets of the kernel; empty if it is not in place. */
    public Optional<Pointer> kernelSocketIterator() {
        return present.contains(FlowProgram.KERNEL_SOCKETS)
                ? Optional.of(object.programs().get(FlowProgram.KERNEL_SOCKETS.text()))
                : Optional.empty();
    }

    /** Returns the descriptor of the program that does many lookups at once; empty if it is not in place. */
    public Optional<Integer> lookUpProgram() {
        return looksUp ? Optional.of(object.programDescriptor(LOOK_UP)) : Optional.empty();
    }

    /** Returns the value of the map {@code exchange}. This object closes it. */
    public BpfSharedValue exchange() {
        return exchange;
    }

    /** Returns the descriptor of a map. This object closes it. */
    public int map(String name) {
        return object.descriptor(name);
    }

    @Override
    public void close() {
        exchange.close();
        object.close();
        kept.close();
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
