// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.bpf.BpfObject;
import net.conntracklogger.linux.bpf.LibBpf;

/**
 * Creates the maps of the BPF programs in the sizes for 1 to 64 possible CPUs. Prints CPUs, map, entries and the bytes that
 * the kernel reckons. {@code packaging/benchmark scale} runs it.
 */
public final class MapMemory {
    private static final MapSizes SIZES =
            new MapSizes(Configuration.DEFAULT.kernelFlows(), Configuration.DEFAULT.kernelProcesses());
    /** Their sizes follow neither the CPUs nor the configuration. */
    private static final Set<String> FIXED = Set.of("exchange", "answers", "packet_sockets", "refusals");
    /** One value a possible CPU of this computer. */
    private static final Set<String> PER_CPU = Set.of("counters", "latest", "scratch_buffers");

    private MapMemory() {}

    public static void main(String[] arguments) throws IOException, LinuxException {
        for (int cpus = 1; cpus <= 64; cpus *= 2) {
            print(cpus, arguments[0]);
        }
    }

    private static void print(int cpus, String path) throws IOException, LinuxException {
        Map<String, Integer> entries = new TreeMap<>(SIZES.entries(cpus));
        try (BpfObject object = BpfObject.open(path)) {
            entries.forEach(object::setEntries);
            object.programs().keySet().forEach(object::omit);
            int status = object.load();
            if (status < 0) {
                throw new LinuxException("load", path, -status, "");
            }
            int here = LibBpf.libbpf_num_possible_cpus();
            for (String map : entries.keySet()) {
                line(cpus, map, entries.get(map), bytes(object, map));
            }
            for (String map : FIXED) {
                line(cpus, map, 1, bytes(object, map));
            }
            for (String map : PER_CPU) {
                line(cpus, map, cpus, bytes(object, map) / here * cpus);
            }
        }
    }

    private static void line(int cpus, String map, int entries, long bytes) {
        System.out.printf("%d %s %d %d%n", cpus, map, entries, bytes);
    }

    private static long bytes(BpfObject object, String map) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + object.descriptor(map)))) {
            String memory = lines.filter(line -> line.startsWith("memlock:"))
                    .findFirst()
                    .orElseThrow();
            return Long.parseLong(memory.substring("memlock:".length()).strip());
        }
    }
}
