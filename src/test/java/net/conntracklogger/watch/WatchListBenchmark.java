// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reads the largest watch list once, as at a start. Times are those of an entry. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class WatchListBenchmark {
    private static final double BYTES_PER_MEBIBYTE = 1 << 20;

    @Param
    public ManyEntries list;

    private Path file;
    private WatchList read;
    private long usedBefore;

    /** What the list takes of the heap. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Heap {
        public double mebibytes;
    }

    @Setup
    public void write() throws IOException {
        file = list.write();
        usedBefore = used();
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Benchmark
    @OperationsPerInvocation(WatchLists.MOST_ENTRIES)
    public WatchList read(Heap heap) throws IOException {
        read = ManyEntries.read(file);
        heap.mebibytes = (used() - usedBefore) / BYTES_PER_MEBIBYTE;
        return read;
    }

    @TearDown
    public void delete() throws IOException {
        Files.delete(file);
    }
}
