// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Statistics;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.flow.WrittenFlows;

/**
 * Writes an entry for each observation in the queue, in the order of the queue. Reports losses once a second. While the output
 * takes no entry, observations wait in the queue. The stage of thread {@code flow-writer}. May block on the output.
 */
public final class FlowWriter implements Stage {
    private static final int IDLE_MILLIS = 1000;
    /**
     * Pause after a batch, in which flows gather. Waking the thread for each flow costs more than writing its entry.
     */
    private static final long GATHER_MILLIS = 10;

    private static final long REPORT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Pause before another attempt to write entries that the output did not take. */
    private static final long RETRY_MILLIS = 100;
    /** Maximum time without a written entry when the service stops. */
    private static final long PATIENCE_AT_END_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ObservationQueue queue;
    private final LossLedger losses;
    private final Failures failures;
    private final EntryWriter output;
    private final ObservationEntry entry;
    private final Supplier<Optional<? extends Observation>> last;
    private final LongSupplier clock;
    private long lastReport;
    /** Entries that were committed since the last {@link #flush} that wrote all. */
    private long committed;

    private long lostBefore;
    /** The loss whose entry is the only one that the output holds, else null. */
    private Loss reported;

    private final AtomicLong written = new AtomicLong();
    private final AtomicLong flows = new AtomicLong();
    private final long run;
    private volatile WrittenFlows settled;

    /**
     * Creates the stage. It leaves {@code output} open.
     *
     * @param clock nanoseconds of CLOCK_MONOTONIC, such as {@link System#nanoTime}
     * @param run when the service started, microseconds since the epoch
     * @param last yields what to write when all else is written; may be empty
     */
    public FlowWriter(
            ObservationQueue queue,
            LossLedger losses,
            Failures failures,
            EntryWriter output,
            LongSupplier clock,
            long run,
            Supplier<Optional<? extends Observation>> last) {
        this.run = run;
        this.last = last;
        this.clock = clock;
        this.lastReport = clock.getAsLong();
        this.queue = queue;
        this.losses = losses;
        this.failures = failures;
        this.output = output;
        this.entry = new ObservationEntry(output);
    }

    /** Returns the number of entries written since the start, without loss entries. Thread-safe. */
    public long written() {
        return written.get();
    }

    /** Returns the number of flow entries given to the output since the start. Thread-safe. */
    public long flows() {
        return flows.get();
    }

    /** Returns the last count of flows when the output had taken all. Returns empty if there was none. Thread-safe. */
    public Optional<WrittenFlows> settled() {
        return Optional.ofNullable(settled);
    }

    @Override
    public void work() throws InterruptedException, OutputEndedException {
        if (queue.isCpuReserved()) {
            Thread.sleep(GATHER_MILLIS);
            return;
        }
        if (!flush()) {
            Thread.sleep(RETRY_MILLIS);
            return;
        }
        Observation observation = queue.poll(IDLE_MILLIS);
        if (observation != null) {
            write(observation);
            writeQueued();
            if (flush()) {
                Thread.sleep(GATHER_MILLIS);
            }
        }
        settle();
        if (clock.getAsLong() - lastReport > REPORT_INTERVAL_NANOS) {
            reportLosses();
        }
    }

    @Override
    public void wake() {
        queue.wake();
    }

    /** Keeps the count if all is taken. The output has had a pause to store the last entry, whose time is that of storing it. */
    private void settle() {
        if (committed == 0 && output.isTaken()) {
            settled = new WrittenFlows(run, EpochMicros.now(), clock.getAsLong() / 1000, flows.get());
        }
    }

    private void write(Observation observation) throws OutputEndedException {
        output.setNumber(queue.lastTaken());
        // The count of flows belongs to the place of the entry among those of the flows.
        if (commit(observation instanceof Statistics statistics ? statistics.withFlows(flows.get()) : observation)) {
            committed++;
            flows.addAndGet(observation instanceof AttributedFlow || observation instanceof FlowSummary ? 1 : 0);
        } else {
            losses.add(
                    Loss.Place.JOURNAL,
                    observation instanceof FlowSummary summary ? summary.count() + summary.ends() : 1);
        }
    }

    private boolean commit(Observation observation) throws OutputEndedException {
        try {
            format(observation);
            return true;
        } catch (OutputEndedException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Commits an entry. If that fails because of something in a flow, commits the flow without its owner and its names.
     *
     * @throws IOException if the entry is lost
     */
    private void format(Observation observation) throws IOException {
        AttributedFlow reduced;
        try {
            entry.write(observation);
            return;
        } catch (RuntimeException | StackOverflowError e) {
            failures.add("entries", e);
            if (!(observation instanceof AttributedFlow flow) || flow.owner().reason() == Unattributed.LOOKUP_FAILED) {
                throw new IOException("cannot format an entry", e);
            }
            reduced = AttributedFlow.failed(flow.event());
        }
        format(reduced);
    }

    /** Writes queued observations until the next report is due or the output takes no more. */
    private void writeQueued() throws InterruptedException, OutputEndedException {
        while (clock.getAsLong() - lastReport < REPORT_INTERVAL_NANOS && !queue.isCpuReserved()) {
            Observation observation = output.hasRoom() || flush() ? queue.poll(0) : null;
            if (observation == null) {
                return;
            }
            write(observation);
        }
    }

    /** Writes what the output holds, and reports whether it holds nothing any more. */
    private boolean flush() {
        boolean all = output.flush();
        long lost = output.lost() - lostBefore;
        lostBefore += lost;
        if (reported == null) {
            losses.add(Loss.Place.JOURNAL, lost);
            committed -= lost;
        } else if (lost > 0) {
            losses.putBack(reported);
        }
        if (all) {
            written.addAndGet(committed);
            committed = 0;
            if (reported != null) {
                losses.confirm();
                reported = null;
            }
            queue.confirm();
        }
        return all;
    }

    private void reportLosses() throws OutputEndedException {
        lastReport = clock.getAsLong();
        if (!flush()) {
            return;
        }
        output.lostLater().ifPresent(losses::add);
        for (Loss loss : losses.take()) {
            if (reported == null && commit(loss)) {
                reported = loss;
                flush();
            } else {
                losses.putBack(loss);
            }
        }
    }

    /**
     * Writes all observations that are left in the queue, then the losses.
     *
     * @throws OutputEndedException if the output takes no entry for ten seconds
     */
    @Override
    public void finish() throws InterruptedException, OutputEndedException {
        for (Observation queued = next(); queued != null; queued = next()) {
            write(queued);
        }
        reportLosses();
        next();
        Optional<? extends Observation> rest = last.get();
        if (rest.isPresent()) {
            write(rest.get());
            next();
        }
    }

    /**
     * Returns the next observation, if the output has room for it. Returns null if there is none and all is written.
     */
    private Observation next() throws InterruptedException, OutputEndedException {
        Observation observation = output.hasRoom() ? queue.poll(0) : null;
        long deadline = clock.getAsLong() + PATIENCE_AT_END_NANOS;
        while (observation == null && !flush()) {
            if (clock.getAsLong() - deadline > 0) {
                String lost = committed + queue.size() + " records lost: "
                        + output.trouble().getMessage();
                throw new OutputEndedException(new IOException(lost, output.trouble()), /* unread= */ false);
            }
            Thread.sleep(RETRY_MILLIS);
        }
        return observation != null ? observation : queue.poll(0);
    }
}
