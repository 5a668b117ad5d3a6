// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.linux.bpf.LibBpf;

/** The per-CPU map {@code counters} of the programs. Thread-safe. */
final class RecordCounters implements AutoCloseable {
    private final BpfMap counters;

    RecordCounters(ProgramSet programs) {
        counters =
                new BpfMap(programs.map("counters"), Integer.BYTES, LibBpf.libbpf_num_possible_cpus() * Long.BYTES, 0);
    }

    /** Returns the sum of a counter over all CPUs. */
    synchronized long get(int counter) {
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

    @Override
    public synchronized void close() {
        counters.close();
    }
}
