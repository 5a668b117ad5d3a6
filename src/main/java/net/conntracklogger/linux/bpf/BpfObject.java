// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import static net.conntracklogger.linux.bpf.LibBpf.*;

import com.sun.jna.Pointer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** An object file of BPF programs and maps, with the links of its programs. Opened by libbpf. Not thread-safe. */
public final class BpfObject implements AutoCloseable {
    /** The constants of the section {@code .rodata.config}. */
    public static final String CONFIG_MAP = ".rodata.config";

    /** {@code enum bpf_prog_type} of {@code linux/bpf.h} */
    private static final int BPF_PROG_TYPE_TRACING = 26;

    private final String path;
    private final Pointer object;
    private final Map<String, Pointer> programs = new TreeMap<>();
    private final Deque<Pointer> links = new ArrayDeque<>();
    private boolean closed;

    private BpfObject(String path, Pointer object) {
        this.path = path;
        this.object = object;
        for (Pointer program = bpf_object__next_program(object, null);
                program != null;
                program = bpf_object__next_program(object, program)) {
            programs.put(bpf_program__name(program), program);
        }
    }

    /**
     * Opens an object file. The kernel gets nothing before {@link #load}.
     *
     * @throws LinuxException if the file cannot be read or is no BPF object
     */
    public static BpfObject open(String path) throws LinuxException {
        libbpf_set_print(null);
        Pointer object = bpf_object__open_file(path, null);
        if (object == null) {
            throw LinuxException.last("open", path, "");
        }
        return new BpfObject(path, object);
    }

    /** Reports whether the kernel lets this process load programs that trace functions. Takes less than a millisecond. */
    public static boolean canTrace() {
        return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_TRACING, null) == 1;
    }

    /** Returns the programs of the object file by name. They are valid until this is closed. */
    public Map<String, Pointer> programs() {
        return programs;
    }

    /** Describes a map: its type, and the sizes of keys and values in bytes. */
    public String form(String name) {
        Pointer map = map(name);
        return "%s: type %d, key %d, value %d, flags %d"
                .formatted(
                        name,
                        bpf_map__type(map),
                        bpf_map__key_size(map),
                        bpf_map__value_size(map),
                        bpf_map__map_flags(map));
    }

    /** Sets the maximum number of entries of a map. Called before {@link #load}. */
    public void setEntries(String map, int entries) {
        bpf_map__set_max_entries(map(map), entries);
    }

    /** Sets the content of a map such as {@code .rodata.config}. Called before {@link #load}. */
    public void setContent(String map, NativeBuffer content) {
        bpf_map__set_initial_value(map(map), content.pointer(), content.size());
    }

    /** Uses a map that exists already. The caller closes its descriptor. Called before {@link #load}. */
    public void reuse(String map, int fd) {
        bpf_map__reuse_fd(map(map), fd);
    }

    /** Leaves a program out of {@link #load}. */
    public void omit(String program) {
        bpf_program__set_autoload(programs.get(program), false);
    }

    /** Collects the log of the verifier if it rejects the program. The buffer must outlive this object. */
    public void collectLog(String program, NativeBuffer log) {
        bpf_program__set_log_buf(programs.get(program), log.pointer(), log.size());
    }

    /** Creates the maps and loads the programs; returns 0 or {@code -errno}. */
    public int load() {
        return bpf_object__load(object);
    }

    /**
     * Attaches a program, by a link that lasts until this is closed. It is attached to the function or tracepoint of the kernel
     * that its section names, or to a cgroup and all below it.
     *
     * @param cgroup descriptor of the cgroup directory
     * @return the descriptor of the link, which {@link #close} closes
     */
    public int attach(String program, int cgroup) throws LinuxException {
        Pointer pointer = programs.get(program);
        String section = bpf_program__section_name(pointer);
        Pointer link = section.startsWith("fexit/") || section.startsWith("tp_btf/")
                ? bpf_program__attach(pointer)
                : bpf_program__attach_cgroup(pointer, cgroup);
        if (link == null) {
            throw LinuxException.last("attach BPF program", program, "");
        }
        links.push(link);
        return bpf_link__fd(link);
    }

    /** Replaces the program of a link by one of this object. Reports whether the kernel did so. */
    public boolean update(String program, int link) {
        return bpf_link_update(link, programDescriptor(program), null) == 0;
    }

    /** Reports whether a program runs on request only. Iterators do, and programs of type {@code syscall}. */
    public boolean runsOnRequest(String program) {
        String section = bpf_program__section_name(programs.get(program));
        return section.startsWith("iter/") || section.equals("syscall");
    }

    /** Returns the descriptor of a loaded program. This object closes it. */
    public int programDescriptor(String program) {
        return bpf_program__fd(programs.get(program));
    }

    /** Returns the descriptor of a map. This object closes it. */
    public int descriptor(String map) {
        return bpf_map__fd(map(map));
    }

    /** Maps the value of an array map into memory. The caller closes it. */
    public BpfSharedValue share(String map) throws LinuxException {
        return new BpfSharedValue(descriptor(map), bpf_map__value_size(map(map)));
    }

    private Pointer map(String name) {
        return bpf_object__find_map_by_name(object, name);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
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
