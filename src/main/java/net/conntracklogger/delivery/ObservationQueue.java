// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.Collection;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.handover.UnwrittenEvents;

/**
 * The observations that wait for the writer. Bounded in number and in bytes of heap, so that long command lines do not
 * exhaust the heap. Observations that do not fit are dropped and counted. Thread-safe; one thread takes observations.
 */
public final class ObservationQueue {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** How long the CPU stays reserved. A late reader reserves it again with each batch, every few milliseconds. */
    private static final long RESERVED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A time that {@link System#nanoTime} never yields in practice. */
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final Lock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final CompactQueue queue = new CompactQueue();
    private final int limit;
    private final long heapLimit;
    private boolean awaited;
    private boolean woken;
    private final LossLedger losses;
    private final LongSupplier clock;
    private final EntryNumbers numbers;
    /** The number of the observation that was added last. */
    private long lastAdded;
    /** The number of the observation that was taken last. */
    private long lastTaken;
    /** The largest number of observations that waited. */
    private volatile int most;

    private volatile long markedUntil = UNKNOWN;
    /** Before this time all flows were taken when the queue was last empty. */
    private long takenUntil = UNKNOWN;

    private volatile long writtenUntil = UNKNOWN;
    /** Until this time the writer leaves the CPU to the reader. */
    private volatile long reservedUntil = UNKNOWN;

    /**
     * Creates an empty queue.
     *
     * @param records maximum number of observations in the queue
     * @param heapLimit maximum number of bytes of heap that they take
     * @param losses counts the observations that are dropped
     * @param clock nanoseconds, such as {@link System#nanoTime}
     * @param numbers keeps the number of each observation
     */
    public ObservationQueue(int records, long heapLimit, LossLedger losses, LongSupplier clock, EntryNumbers numbers) {
        this.numbers = numbers;
        this.lastAdded = numbers.written();
        this.lastTaken = lastAdded;
        this.limit = records;
        this.heapLimit = heapLimit;
        this.losses = losses;
        this.clock = clock;
    }

    /** Adds an observation, or drops it if the queue is full. Never waits. */
    public void add(Observation observation) {
        add(observation, UnwrittenEvents.NONE);
    }

    /**
     * Adds an observation as {@link #add(Observation)} does.
     *
     * @param position of the event, which is kept until the observation is written
     * @return whether it was added
     */
    public boolean add(Observation observation, long position) {
        boolean added = offer(observation, position);
        if (!added) {
            losses.add(Loss.Place.QUEUE, 1);
        }
        return added;
    }

    /**
     * Adds observations, and waits for room if the queue is full. Drops those that do not fit within
     * {@code patience}.
     *
     * @param patience how long to wait in total, in nanoseconds
     */
    public void addPatiently(Collection<? extends Observation> observations, long patience) {
        long deadline = clock.getAsLong() + patience;
        for (Observation observation : observations) {
            while (!offer(observation, UnwrittenEvents.NONE)) {
                if (clock.getAsLong() - deadline > 0) {
                    losses.add(Loss.Place.QUEUE, 1);
                    break;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /** Adds an observation if it fits. Never waits, and counts no loss: the caller tries again. */
    public boolean offer(Observation observation) {
        return offer(observation, UnwrittenEvents.NONE);
    }

    private boolean offer(Observation observation, long position) {
        lock.lock();
        try {
            boolean fits = queue.size() < limit
                    && queue.bytes() + queue.bytesOf(observation) <= heapLimit
                    && (!(observation instanceof FlowSummary summary) || numbers.assignSummary(lastAdded + 1, summary));
            if (fits) {
                lastAdded++;
                numbers.assign(position, lastAdded);
                queue.add(observation);
                if (awaited) {
                    added.signal();
                }
            }
            return fits;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of observations that wait. */
    public int size() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Reports whether the queue is more than half full: work that can wait should wait. */
    public boolean isBusy() {
        return isFuller(2);
    }

    /** Reports whether the queue is more than some quarters full. */
    public boolean isFuller(int quarters) {
        lock.lock();
        try {
            return queue.size() > (long) limit * quarters / 4 || queue.bytes() > heapLimit / 4 * quarters;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Declares that the reader is late and needs the CPU. What waits here is safe, but what the reader has not read yet may be
     * dropped by the kernel. Thread-safe.
     */
    public void reserveCpu() {
        reservedUntil = clock.getAsLong() + RESERVED_NANOS;
    }

    /** Reports whether the writer should leave the CPU to the reader. The queue has room for what the reader reads then. */
    boolean isCpuReserved() {
        long until = reservedUntil;
        return until != UNKNOWN && clock.getAsLong() - until < 0 && !isBusy();
    }

    /** Declares that all flows that began before this {@link System#nanoTime} are queued, or counted as lost. Thread-safe. */
    public void mark(long nanos) {
        markedUntil = nanos;
    }

    /**
     * Returns a {@link System#nanoTime} before which all flows are written or reported as lost. Returns empty if
     * unknown yet.
     */
    public OptionalLong writtenUntil() {
        long until = writtenUntil;
        return until == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(until);
    }

    /** Waits for the next observation and takes it. Returns null if there is none within this time. */
    Observation poll(long milliseconds) throws InterruptedException {
        lock.lock();
        try {
            // Before the queue is found empty: what is marked later may be about an observation that is added later.
            long until = markedUntil;
            long left = TimeUnit.MILLISECONDS.toNanos(milliseconds);
            while (queue.size() == 0 && left > 0 && !woken) {
                awaited = true;
                left = added.awaitNanos(left);
                awaited = false;
                until = markedUntil;
            }
            if (queue.size() > most) {
                most = queue.size();
            }
            if (queue.size() == 0) {
                takenUntil = until;
            }
            lastTaken += queue.size() == 0 ? 0 : 1;
            return queue.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the wait of {@link #poll}, now and later. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the largest number of observations that waited when the writer came for them. Thread-safe. */
    public int most() {
        return most;
    }

    /** Returns the number of the observation that was taken last. Called by the thread that takes them. */
    long lastTaken() {
        return lastTaken;
    }

    /** Declares that all observations that were taken are written. Called by the thread that takes them. */
    void confirm() {
        numbers.setWritten(lastTaken);
        if (losses.isReported()) {
            writtenUntil = takenUntil;
        }
    }
}
