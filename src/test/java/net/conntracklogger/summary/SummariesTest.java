// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.delivery.QueueContents;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.handover.HandoverMemory;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummariesTest {
    private static final int O_RDWR = 2;

    @TempDir
    private Path directory;

    private final SummaryBed bed = new SummaryBed(1000);

    private Configuration configuration(String lines) throws IOException, ConfigurationException {
        Path file = directory.resolve("conntrack-logger.conf");
        return ConfigurationReader.readExisting(Files.writeString(file, "[Log]\n" + lines));
    }

    private Summaries summaries(String lines) throws IOException, ConfigurationException {
        return new Summaries(
                configuration(lines),
                bed.queue,
                EntryNumbers.NONE,
                /* before= */ null,
                flow -> flow.event().original().destinationPort() == 22,
                () -> bed.now,
                SummaryBed.random());
    }

    private boolean take(Summaries summaries, int port) {
        return summaries.take(bed.outbound("a.service", "192.0.2.2", port), UnwrittenEvents.NONE, /* asEnd= */ false);
    }

    @Test
    void leavesFlowsWholeThatAreMarked() throws IOException, ConfigurationException {
        Summaries summaries = summaries("Aggregate=1min");
        take(summaries, 80);
        assertTrue(take(summaries, 80));
        for (int i = 0; i < 3; i++) {
            assertFalse(take(summaries, 22));
        }
    }

    @Test
    void appliesAChangedConfiguration() throws IOException, ConfigurationException {
        Summaries summaries = summaries("");
        take(summaries, 80);
        assertFalse(take(summaries, 80));
        summaries.reconfigure(configuration("Aggregate=1min"));
        take(summaries, 80);
        assertTrue(take(summaries, 80));
        summaries.reconfigure(configuration(""));
        assertFalse(take(summaries, 80));
        summaries.check(/* lag= */ 0);
        assertEquals(1, bed.summaries().get(0).count());
    }

    @Test
    void queuesAllWhenTheServiceStops() throws IOException, ConfigurationException {
        Summaries summaries = summaries("Aggregate=1h");
        for (int i = 0; i < 5; i++) {
            take(summaries, 80);
            take(summaries, 81);
        }
        summaries.finish();
        assertEquals(8, bed.summaries().stream().mapToLong(FlowSummary::count).sum());
    }

    /** The sum of what is written and of what the next process finds is what was made, whenever a process is killed. */
    @Nested
    class AfterAKill {
        private static final int FLOWS = 300;

        private final ByteBuffer message = ByteBuffer.allocate(HandoverMemory.LONGEST_EVENT);

        @Test
        void eachFlowIsCountedOnce() throws IOException, ConfigurationException, InterruptedException {
            for (int killed = 0; killed <= FLOWS; killed += 7) {
                try (HandoverMemory memory = HandoverMemory.create()) {
                    long written = run(memory, killed);
                    try (HandoverMemory next = adopt(memory)) {
                        long left = next.events().left().length;
                        long counted = next.events().summarisedBefore().count();
                        assertEquals(killed, written + left + counted, "killed after " + killed);
                        assertEquals(
                                counted > 0, next.events().summarisedBefore().first() > 0);
                    }
                }
            }
        }

        /** Takes so many flows, of which every tenth summary is written, and returns how many flows are written. */
        private long run(HandoverMemory memory, int flows)
                throws IOException, ConfigurationException, InterruptedException {
            UnwrittenEvents kept = memory.events();
            ObservationQueue queue = new ObservationQueue(1000, 1 << 30, new LossLedger(), () -> bed.now, kept);
            Summaries summaries = new Summaries(
                    configuration("Aggregate=1s"),
                    queue,
                    kept,
                    kept.summarisedBefore(),
                    flow -> false,
                    () -> bed.now,
                    SummaryBed.random());
            long written = 0;
            for (int i = 1; i <= flows; i++) {
                kept.beginBatch(1, 2);
                long position = kept.append(message, 0, 300, 0);
                AttributedFlow flow = bed.outbound("a.service", "192.0.2.2", 80 + i % 3);
                if (!summaries.take(flow, position, /* asEnd= */ false)) {
                    queue.add(flow, position);
                }
                bed.now += SummaryBed.SECOND / 20;
                summaries.check(/* lag= */ 0);
                if (i % 10 == 0) {
                    for (Observation entry : QueueContents.drain(queue)) {
                        written += entry instanceof FlowSummary summary ? summary.count() : 1;
                    }
                    QueueContents.confirm(queue);
                    kept.release();
                }
            }
            return written;
        }

        private static HandoverMemory adopt(HandoverMemory memory) throws LinuxException {
            return HandoverMemory.adopt(FileDescriptor.open("/proc/self/fd/" + memory.fd(), O_RDWR));
        }
    }
}
