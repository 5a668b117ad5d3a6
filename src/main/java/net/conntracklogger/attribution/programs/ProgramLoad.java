// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfObject;

/** Loads and attaches the BPF programs, without those that the kernel refuses. Used once. Not thread-safe. */
final class ProgramLoad {
    private static final int VERIFIER_LOG_BYTES = 64 * 1024;
    /** The programs that trace functions of the kernel. */
    private static final Set<ReportProgram> TRACERS = EnumSet.of(
            ReportProgram.PACKET_SOCKET_CREATED, ReportProgram.CONNECT4_FAILED, ReportProgram.CONNECT6_FAILED);

    private final String path;
    private final Map<String, Integer> entries;
    private final NativeBuffer config;
    private final KeptPrograms kept;
    private final List<Refusal> refusals = new ArrayList<>();

    ProgramLoad(String path, Map<String, Integer> entries, NativeBuffer config, KeptPrograms kept) {
        this.path = path;
        this.entries = entries;
        this.config = config;
        this.kept = kept;
    }

    /** Returns what the kernel refused to load or to attach. */
    List<Refusal> refusals() {
        return refusals;
    }

    /**
     * Returns the object with the programs in place.
     *
     * @param cgroup descriptor of the cgroup directory
     * @throws LinuxException if no program is in place
     */
    BpfObject attached(int cgroup) throws LinuxException {
        BpfObject object = loaded();
        try {
            attach(object, cgroup);
            requireAny(Errno.EPERM);
            kept.leaveMaps(object);
            return object;
        } catch (LinuxException e) {
            object.close();
            throw e;
        }
    }

    private BpfObject loaded() throws LinuxException {
        // Some kernels refuse to trace functions. All other programs run on any kernel that is recent enough.
        if (!BpfObject.canTrace()) {
            refuseTracers(Errno.EPERM);
        }
        BpfObject object = open();
        int status = object.load();
        if (status < 0 && !isShortOfMemory(status) && refusals.isEmpty()) {
            object.close();
            refuseTracers(-status);
            object = open();
            status = object.load();
        }
        if (status < 0 && !isShortOfMemory(status)) {
            object.close();
            refusals.clear();
            tryEach();
            requireAny(-status);
            object = open();
            status = object.load();
        }
        if (status < 0) {
            object.close();
            String remedy = isShortOfMemory(status) ? "lower KernelFlows= or KernelProcesses=" : "";
            throw new LinuxException("load", path, -status, remedy);
        }
        return object;
    }

    private void refuseTracers(int errno) {
        TRACERS.forEach(program -> refusals.add(new Refusal(program.text(), LibC.strerror(errno), "")));
    }

    private static boolean isShortOfMemory(int status) {
        return status == -Errno.ENOMEM || status == -Errno.E2BIG;
    }

    private BpfObject open() throws LinuxException {
        BpfObject object = open(entries, ProgramSet.names(refusals));
        kept.reuseMaps(object);
        return object;
    }

    private BpfObject open(Map<String, Integer> sizes, Set<String> without) throws LinuxException {
        BpfObject object = BpfObject.open(path);
        sizes.forEach(object::setEntries);
        object.setContent(BpfObject.CONFIG_MAP, config);
        without.forEach(object::omit);
        return object;
    }

    /** Finds the programs that are refused. Tries each alone, with maps as small as possible. */
    private void tryEach() throws LinuxException {
        Map<String, Integer> smallest = new MapSizes(1, 1).entries(/* cpus= */ 1);
        Set<String> all;
        try (BpfObject whole = open(smallest, Set.of())) {
            all = new TreeSet<>(whole.programs().keySet());
        }
        for (String name : all) {
            Set<String> others = new TreeSet<>(all);
            others.remove(name);
            try (NativeBuffer log = new NativeBuffer(VERIFIER_LOG_BYTES);
                    BpfObject alone = open(smallest, others)) {
                alone.collectLog(name, log);
                int status = alone.load();
                if (status < 0) {
                    refusals.add(Refusal.ofLoad(
                            name, LibC.strerror(-status), log.pointer().getString(0)));
                }
            }
        }
    }

    /**
     * Attaches the programs that were loaded. Another program, attached without {@code BPF_F_ALLOW_MULTI}, can keep one
     * hook of the cgroup for itself.
     */
    private void attach(BpfObject object, int cgroup) {
        Set<String> loaded = new TreeSet<>(object.programs().keySet());
        loaded.removeAll(ProgramSet.names(refusals));
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

    private void requireAny(int errno) throws LinuxException {
        if (FlowProgram.isNothingLeft(ProgramSet.names(refusals))) {
            String hint = errno == Errno.EPERM
                    ? "needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"
                    : "needs BTF (/sys/kernel/btf/vmlinux), and no kernel lockdown in the mode confidentiality";
            throw new LinuxException("load", path, errno, refusals.get(0) + "; " + hint);
        }
    }
}
