// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.handover.SentEntries;
import net.conntracklogger.testbed.StepBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Encodes flows as entries of the journal. The batch is full, so that an entry is neither copied to it nor sent: what journald
 * does would be most of the time.
 */
public class JournalBenchmark extends StepBenchmark {
    private static final Path NOWHERE = Path.of("/nonexistent");
    /** Many more than are remembered. */
    private static final int OWNERS = 4096;

    private final Journal journal = new Journal(
            NOWHERE,
            NOWHERE,
            SentEntries.ofThisProcess(),
            (vector, count) -> 0,
            (since, until) -> OptionalLong.empty(),
            System::nanoTime,
            EpochMicros::now);
    private final ObservationEntry entry = new ObservationEntry(journal);
    private final AttributedFlow[] flows = new AttributedFlow[OWNERS];
    private int next;

    @Setup
    public void open() throws IOException {
        ProcessInfo process =
                Flows.process("curl", "curl -s -o /var/lib/backup/today http://update.example.net:6667/u");
        List<DestinationName> names = List.of(new DestinationName(RawText.of("update.example.net"), Flows.BEGAN));
        for (int i = 0; i < OWNERS; i++) {
            flows[i] = Flows.outbound(process).withNames(names);
        }
        while (journal.hasRoom()) {
            entry.write(flows[0]);
        }
    }

    /** Flows of one process. */
    @Benchmark
    public void knownOwner() throws IOException {
        entry.write(flows[0]);
    }

    /** Each flow is the first of its process. */
    @Benchmark
    public void newOwner() throws IOException {
        next = (next + 1) % OWNERS;
        entry.write(flows[next]);
    }

    @TearDown
    public void close() {
        journal.close();
    }
}
