// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.handover.Handover;
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

    private final BpfObject object;
    private final KeptPrograms kept;
    private final BpfSharedValue exchange;
    private final List<Refusal> refusals;
    private final boolean looksUp;
    private final List<Refusal> reportRefusals;
    private final Set<FlowProgram> present = EnumSet.allOf(FlowProgram.class);

    private ProgramSet(BpfObject object, KeptPrograms kept, List<Refusal> refusals) throws LinuxException {
        this.object = object;
        this.kept = kept;
        this.exchange = object.share("exchange");
        this.refusals = refusals.stream()
                .filter(refusal -> !refusal.program().equals(LOOK_UP) && !ReportProgram.isNameOf(refusal.program()))
                .toList();
        Set<String> missing = names(refusals);
        looksUp = !missing.contains(LOOK_UP);
        reportRefusals = refusals.stream()
                .filter(refusal -> ReportProgram.isNameOf(refusal.program()))
                .toList();
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
            ProgramLoad load = new ProgramLoad(path, entries, config, kept);
            BpfObject object = load.attached(cgroup);
            try {
                return new ProgramSet(object, kept, load.refusals());
            } catch (LinuxException e) {
                object.close();
                throw e;
            }
        } catch (LinuxException e) {
            kept.close();
            kept.dropUnused();
            throw e;
        }
    }

    static Set<String> names(Collection<Refusal> refusals) {
        return refusals.stream().map(Refusal::program).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names of the programs that are in place. */
    public Set<String> inPlace() {
        Set<String> names = present.stream().map(FlowProgram::text).collect(Collectors.toCollection(TreeSet::new));
        for (ReportProgram program : ReportProgram.values()) {
            if (has(program)) {
                names.add(program.text());
            }
        }
        return names;
    }

    /** Returns the programs that attribute flows and are not in place, with the reasons. */
    public List<Refusal> refusals() {
        return refusals;
    }

    /** Reports whether all programs that attribute flows are in place. */
    public boolean isComplete() {
        return refusals.isEmpty();
    }

    /** Reports whether a program that attributes no flow is in place. */
    public boolean has(ReportProgram program) {
        return reportRefusals.stream().noneMatch(refusal -> refusal.program().equals(program.text()));
    }

    /** Returns the programs that attribute no flow and are not in place, with the reasons. */
    public List<Refusal> reportRefusals() {
        return reportRefusals;
    }

    /** Describes what is not recorded because programs are missing; empty if all are in place. */
    public String uncovered() {
        return FlowProgram.uncovered(names(refusals));
    }

    /**
     * Returns a {@link System#nanoTime} at which all programs were attached. Flows that began later have a record,
     * perhaps by the programs of an earlier process.
     */
    public long attached() {
        return kept.attached();
    }

    /** Reports whether these programs cannot use the records of the process before. The maps began empty then. */
    public boolean replacesRecords() {
        return kept.replacesRecords();
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

    /**
     * Reports whether the programs copy DNS answers to the map {@code answers}. They copy those that this host
     * requested.
     */
    public boolean copiesDnsAnswers() {
        return present.contains(FlowProgram.PACKET_SENT) && present.contains(FlowProgram.PACKET_RECEIVED);
    }

    /** Returns the program that lists sockets of processes. Returns empty if it is not in place. */
    public Optional<Pointer> socketIterator() {
        return present.contains(FlowProgram.SOCKETS)
                ? Optional.of(object.programs().get(FlowProgram.SOCKETS.text()))
                : Optional.empty();
    }

    /** Returns the program that lists UDP sockets of the kernel. Returns empty if it is not in place. */
    public Optional<Pointer> kernelSocketIterator() {
        return present.contains(FlowProgram.KERNEL_SOCKETS)
                ? Optional.of(object.programs().get(FlowProgram.KERNEL_SOCKETS.text()))
                : Optional.empty();
    }

    /** Returns the descriptor of the program for many lookups at once. Returns empty if it is not in place. */
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
