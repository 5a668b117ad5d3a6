// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;

/**
 * The observations that wait for the writer. Bounded in number and in bytes of heap, so that long command lines do not
 * exhaust the heap. Observations that do not fit are dropped and counted. Thread-safe; one thread takes observations.
 */
public final class ObservationQueue {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Lock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final CompactQueue queue = new CompactQueue();
    private final int limit;
    private final long heapLimit;
    private boolean awaited;
    private final LossLedger losses;
    private final LongSupplier clock;

    /**
     * Creates an empty queue.
     *
     * @param records maximum number of observations in the queue
     * @param heapLimit maximum number of bytes of heap that they take
     * @param losses counts the observations that are dropped
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public ObservationQueue(int records, long heapLimit, LossLedger losses, LongSupplier clock) {
        this.limit = records;
        this.heapLimit = heapLimit;
        this.losses = losses;
        this.clock = clock;
    }

    /** Adds an observation, or drops it if the queue is full. Never waits. */
    public void add(Observation observation) {
        if (!offer(observation)) {
            losses.add(Loss.Place.QUEUE, 1);
        }
    }

    /**
     * Adds observations, and waits for room if the queue is full. Drops the observations that still do not fit when the
     * time is over.
     *
     * @param patience how long to wait in total, in nanoseconds
     */
    public void addPatiently(Collection<? extends Observation> observations, long patience) {
        long deadline = clock.getAsLong() + patience;
        for (Observation observation : observations) {
            while (!offer(observation)) {
                if (clock.getAsLong() - deadline > 0) {
                    losses.add(Loss.Place.QUEUE, 1);
                    break;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private boolean offer(Observation observation) {
        lock.lock();
        try {
            boolean fits = queue.size() < limit && queue.bytes() + queue.bytesOf(observation) <= heapLimit;
            if (fits) {
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
        lock.lock();
        try {
            return queue.size() > limit / 2 || queue.bytes() > heapLimit / 2;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next observation and takes it; returns null if there is none within this time. */
    Observation poll(long milliseconds) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(milliseconds);
            while (queue.size() == 0 && left > 0) {
                awaited = true;
                left = added.awaitNanos(left);
                awaited = false;
            }
            return queue.poll();
        } finally {
            lock.unlock();
        }
    }
}
