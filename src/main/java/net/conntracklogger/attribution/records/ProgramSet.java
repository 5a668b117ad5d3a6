// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.linux.bpf.LibBpf.*;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.attribution.listeners.SocketIterator;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The eBPF programs of {@code src/main/bpf}, loaded and attached to a control group and all below it. They run until this
 * is closed or the process ends. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN.
 */
final class ProgramSet implements Closeable {
    private static final String ITERATOR = "iter/";
    private static final String CONFIG = ".rodata.config";

    private final String path;
    private final Pointer object;
    private final Set<String> missing;
    private final Deque<Pointer> links = new ArrayDeque<>();

    private ProgramSet(String path, Pointer object, Set<String> missing) {
        this.path = path;
        this.object = object;
        this.missing = missing;
    }

    /**
     * Loads and attaches them. A program that this kernel does not take is left out.
     *
     * @param path the object file
     * @param entries how many each map may hold
     * @param config contents of {@code struct config}
     * @param cgroup descriptor of the control group
     * @throws LinuxException where nothing can be loaded at all
     */
    static ProgramSet load(String path, Map<String, Integer> entries, NativeBuffer config, int cgroup)
            throws LinuxException {
        libbpf_set_print(null);
        Set<String> missing = Set.of();
        Pointer object = open(path, entries, config, missing);
        int status = bpf_object__load(object);
        if (status < 0) {
            bpf_object__close(object);
            if (status == -Errno.ENOMEM || status == -Errno.E2BIG) {
                throw new LinuxException("load", path, -status, "KernelFlows= or KernelProcesses= may be too large");
            }
            missing = refused(path, config, status);
            object = open(path, entries, config, missing);
            status = bpf_object__load(object);
        }
        ProgramSet programs = new ProgramSet(path, object, missing);
        try {
            if (status < 0) {
                throw new LinuxException("load", path, -status, "");
            }
            programs.attach(cgroup);
            return programs;
        } catch (LinuxException e) {
            programs.close();
            throw e;
        }
    }

    private static Pointer open(String path, Map<String, Integer> entries, NativeBuffer config, Set<String> without)
            throws LinuxException {
        Pointer object = bpf_object__open_file(path, null);
        if (object == null) {
            throw LinuxException.last("open", path, "");
        }
        for (Map.Entry<String, Integer> map : entries.entrySet()) {
            bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map.getKey()), map.getValue());
        }
        bpf_map__set_initial_value(bpf_object__find_map_by_name(object, CONFIG), config.pointer(), config.size());
        for (Pointer program : programs(object)) {
            bpf_program__set_autoload(program, !without.contains(bpf_program__name(program)));
        }
        return object;
    }

    /** Tries each program alone; answers those that the kernel does not take. */
    private static Set<String> refused(String path, NativeBuffer config, int why) throws LinuxException {
        Map<String, Integer> entries = new MapSizes(1, 1).entries(); // Nothing will be in them.
        Set<String> all = new TreeSet<>();
        Pointer whole = open(path, entries, config, Set.of());
        for (Pointer program : programs(whole)) {
            all.add(bpf_program__name(program));
        }
        bpf_object__close(whole);
        Set<String> refused = new TreeSet<>();
        for (String name : all) {
            Set<String> others = new TreeSet<>(all);
            others.remove(name);
            Pointer alone = open(path, entries, config, others);
            if (bpf_object__load(alone) < 0) {
                refused.add(name);
            }
            bpf_object__close(alone);
        }
        if (FlowProgram.isNothingLeft(refused)) {
            String hint = why == -Errno.EPERM
                    ? "needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"
                    : "needs BTF (/sys/kernel/btf/vmlinux), and no kernel lockdown in the mode confidentiality";
            throw new LinuxException("load", path, -why, hint);
        }
        return refused;
    }

    private static List<Pointer> programs(Pointer object) {
        List<Pointer> programs = new ArrayList<>();
        for (Pointer program = bpf_object__next_program(object, null);
                program != null;
                program = bpf_object__next_program(object, program)) {
            programs.add(program);
        }
        return programs;
    }

    private void attach(int cgroup) throws LinuxException {
        for (Pointer program : programs(object)) {
            String name = bpf_program__name(program);
            if (missing.contains(name) || bpf_program__section_name(program).startsWith(ITERATOR)) {
                continue;
            }
            Pointer link = bpf_program__attach_cgroup(program, cgroup);
            if (link == null) {
                throw LinuxException.last("attach eBPF program", name, "");
            }
            links.push(link);
        }
    }

    /** Names of the programs that are attached. */
    Set<String> attached() {
        Set<String> names = new TreeSet<>();
        for (Pointer program : programs(object)) {
            names.add(bpf_program__name(program));
        }
        names.removeAll(missing);
        return names;
    }

    /** Names of the programs that this kernel does not take. */
    Set<String> missing() {
        return missing;
    }

    /** The descriptor of a map, which stays this object's. */
    int map(String name) {
        return bpf_map__fd(bpf_object__find_map_by_name(object, name));
    }

    /** What lists the sockets of processes; empty where this kernel does not take it. */
    Optional<SocketIterator> sockets() {
        return missing.contains(SocketIterator.PROGRAM)
                ? Optional.empty()
                : Optional.of(new SocketIterator(bpf_object__find_program_by_name(object, SocketIterator.PROGRAM)));
    }

    @Override
    public void close() {
        while (!links.isEmpty()) {
            bpf_link__destroy(links.pop());
        }
        bpf_object__close(object);
    }

    @Override
    public String toString() {
        return path;
    }
}
