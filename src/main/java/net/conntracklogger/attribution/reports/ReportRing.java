// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.reports;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.bpf.BpfCounters;
import net.conntracklogger.linux.bpf.BpfRing;

/** A ring of rows that BPF programs append. Counts the rows that did not fit. Not thread-safe. */
final class ReportRing implements Closeable {
    private final BpfRing ring;
    private final BpfCounters counters;
    private final int counter;
    private long dropped;

    /**
     * Opens the maps of loaded programs.
     *
     * @param programs closed by the caller, after this object
     * @param counter the counter of rows that did not fit, {@code enum counter} of {@code src/main/bpf/layout.h}
     */
    ReportRing(ProgramSet programs, String map, int counter) throws LinuxException {
        this.ring = new BpfRing(programs.map(map));
        this.counters = new BpfCounters(programs.map("counters"));
        this.counter = counter;
        this.dropped = counters.get(counter);
    }

    /** Removes and returns the oldest rows, in the byte order of this machine. Does not block. */
    List<ByteBuffer> read(int most) {
        List<byte[]> rows = ring.read(most);
        if (rows.isEmpty()) {
            return List.of();
        }
        return rows.stream()
                .map(row -> ByteBuffer.wrap(row).order(ByteOrder.nativeOrder()))
                .toList();
    }

    /** Returns the number of rows that did not fit since the last call. */
    long lost() {
        long all = counters.get(counter);
        long lost = all - dropped;
        dropped = all;
        return lost;
    }

    @Override
    public void close() {
        ring.close();
        counters.close();
    }
}
