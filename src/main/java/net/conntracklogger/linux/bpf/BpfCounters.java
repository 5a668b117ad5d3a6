// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

/** A per-CPU array of BPF programs that counts events. Thread-safe. */
public final class BpfCounters implements AutoCloseable {
    private final BpfMap counters;

    /**
     * Opens a map.
     *
     * @param fd descriptor of the map, whose keys are 32 bits and values 64 bits; closed by the caller
     */
    public BpfCounters(int fd) {
        int length = LibBpf.libbpf_num_possible_cpus() * Long.BYTES;
        counters = new BpfMap(fd, Integer.BYTES, length, /* volatileBytes= */ length);
    }

    /** Returns the sum of a counter over all CPUs. */
    public synchronized long get(int counter) {
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
