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

/** The loop that writes entries, in the order in which they were queued, and reports losses among them. */
public final class FlowWriter implements Stage {
    private static final int IDLE_MILLIS = 500;
    /** To be woken for every flow costs more than to write it: under load let some gather. */
    private static final long GATHER_MILLIS = 10;

    private static final long REPORT_INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final ObservationQueue queue;
    private final LossLedger losses;
    private final ObservationEntry entry;
    private long lastReport = System.nanoTime();
    private final AtomicLong written = new AtomicLong();

    public FlowWriter(ObservationQueue queue, LossLedger losses, EntryWriter writer) {
        this.queue = queue;
        this.losses = losses;
        this.entry = new ObservationEntry(writer);
    }

    /** Entries written so far. */
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
        if (System.nanoTime() - lastReport > REPORT_INTERVAL) {
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

    /** Writes what is there, for no longer than until the next report is due. */
    private void writeQueued() throws InterruptedException, OutputEndedException {
        while (System.nanoTime() - lastReport < REPORT_INTERVAL) {
            Observation observation = queue.poll(0);
            if (observation == null) {
                return;
            }
            write(observation);
        }
    }

    @Override
    public void finish() throws InterruptedException, OutputEndedException {
        for (Observation rest = queue.poll(0); rest != null; rest = queue.poll(0)) {
            write(rest);
        }
        reportLosses();
    }
}
