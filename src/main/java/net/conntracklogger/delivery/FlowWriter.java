// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;

/**
 * Writes an entry for each observation in the queue, in the order of the queue. Reports losses once a second.
 * The stage of thread {@code flow-writer}. May block on the output.
 */
public final class FlowWriter implements Stage {
    private static final int IDLE_MILLIS = 500;
    /**
     * Pause after a batch, in which flows gather. Waking the thread for each flow costs more than writing its entry.
     */
    private static final long GATHER_MILLIS = 10;

    private static final long REPORT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ObservationQueue queue;
    private final LossLedger losses;
    private final ObservationEntry entry;
    private long lastReport = System.nanoTime();
    private final AtomicLong written = new AtomicLong();

    /** Creates the stage. It leaves {@code writer} open. */
    public FlowWriter(ObservationQueue queue, LossLedger losses, EntryWriter writer) {
        this.queue = queue;
        this.losses = losses;
        this.entry = new ObservationEntry(writer);
    }

    /** Returns the number of entries written since the start, without loss entries. Thread-safe. */
    public long written() {
        return written.get();
    }

    @Override
    public void work() throws InterruptedException, OutputEndedException {
        Observation observation = queue.poll(IDLE_MILLIS);
        if (observation != null) {
            write(observation);
            writeQueued();
            Thread.sleep(GATHER_MILLIS);
        }
        if (System.nanoTime() - lastReport > REPORT_INTERVAL_NANOS) {
            reportLosses();
        }
    }

    private void write(Observation observation) throws OutputEndedException {
        try {
            entry.write(observation);
            written.incrementAndGet();
        } catch (OutputEndedException e) {
            throw e;
        } catch (IOException e) {
            losses.add(Loss.Place.JOURNAL, 1);
        }
    }

    /** Writes all observations in the queue, but stops when the next report is due. */
    private void writeQueued() throws InterruptedException, OutputEndedException {
        while (System.nanoTime() - lastReport < REPORT_INTERVAL_NANOS) {
            Observation observation = queue.poll(0);
            if (observation == null) {
                return;
            }
            write(observation);
        }
    }

    private void reportLosses() {
        lastReport = System.nanoTime();
        for (Loss loss : losses.take()) {
            try {
                entry.write(loss);
            } catch (IOException e) {
                losses.putBack(loss);
            }
        }
    }

    /** Writes all observations that are left in the queue, then the losses. */
    @Override
    public void finish() throws InterruptedException, OutputEndedException {
        for (Observation rest = queue.poll(0); rest != null; rest = queue.poll(0)) {
            write(rest);
        }
        reportLosses();
    }
}
