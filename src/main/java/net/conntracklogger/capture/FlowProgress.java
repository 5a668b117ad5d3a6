// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackTable;

/**
 * Reads the conntrack table at intervals, and passes on flows that last. The stage of thread {@code flow-progress}, which waits for
 * flow-reader and never the other way round. Memory does not depend on the size of the table.
 */
public final class FlowProgress implements Stage {
    /** Number of flows that wait for flow-reader. At about 500 bytes each they take 0.5 MiB. */
    private static final int MOST_WAITING = 1024;

    private static final long SLICE_MILLIS = 250;

    /**
     * A flow in the table.
     *
     * @param time at which it was read, microseconds since the epoch
     * @param oldEnough the flow is to be logged if it began by this time
     */
    record Sighting(FlowEvent flow, long time, long oldEnough) {}

    private final ExistingFlows.Source source;
    private final long interval;
    private final BlockingQueue<Sighting> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private long due;
    /** Null between two passes. */
    private ConntrackTable table;

    private long oldEnough;
    private RecentFlows taken;
    /** Flows that were read and do not wait yet: a part of the table. */
    private final Deque<Sighting> part = new ArrayDeque<>();

    /**
     * Reads nothing yet.
     *
     * @param source of tables whose flows have their figures
     * @param seconds from the beginning of one pass through the table to the next; flows that are younger are left out
     */
    FlowProgress(ExistingFlows.Source source, int seconds) {
        this.source = source;
        this.interval = TimeUnit.SECONDS.toNanos(seconds);
        this.due = System.nanoTime() + interval;
    }

    /** Returns the progress of the table of this network namespace; empty for 0 seconds. */
    public static Optional<FlowProgress> each(int seconds) {
        return seconds == 0
                ? Optional.empty()
                : Optional.of(new FlowProgress(ConntrackTable::openWithFigures, seconds));
    }

    /** Has a flow wait, if there is room within a moment. */
    boolean pass(Sighting seen) throws InterruptedException {
        return waiting.offer(seen, SLICE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Returns the next flow, with its figures; null if none waits. Thread-safe. */
    Sighting next() {
        return waiting.poll();
    }

    /** Reports whether a flow waits. Thread-safe. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    @Override
    public void work() throws InterruptedException, IOException {
        if (table == null && !begin()) {
            return;
        }
        while (!part.isEmpty() && pass(part.peek())) {
            part.remove();
        }
        if (part.isEmpty()) {
            readOn();
        }
    }

    /** Begins a pass if it is time, or waits a moment. */
    private boolean begin() throws InterruptedException, LinuxException {
        long wait = due - System.nanoTime();
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(Math.min(wait, TimeUnit.MILLISECONDS.toNanos(SLICE_MILLIS)));
            return false;
        }
        due = System.nanoTime() + interval;
        long limit = EpochMicros.now() - TimeUnit.NANOSECONDS.toMicros(interval);
        oldEnough = limit;
        taken = new RecentFlows(TablePass.MOST_TAKEN, 0);
        table = source.open(began -> began <= limit);
        return true;
    }

    private void readOn() throws IOException {
        try {
            long now = EpochMicros.now();
            for (FlowEvent flow : table.read()) {
                long key = ExistingFlows.key(flow);
                if (!taken.contains(key, flow.timestamp())) {
                    taken.add(key, Long.MAX_VALUE);
                    part.add(new Sighting(flow, now, oldEnough));
                }
            }
            if (!table.isRead()) {
                return;
            }
        } catch (IOException | RuntimeException e) {
            finish();
            throw e;
        }
        long malformed = table.malformed();
        finish();
        if (malformed > 0) {
            throw new IOException(
                    malformed + " flows of the conntrack table cannot be decoded, so their progress is not logged");
        }
    }

    /** Ends the pass. */
    @Override
    public void finish() {
        if (table != null) {
            table.close();
            table = null;
        }
    }
}
