// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.flow.Observation;

/** What waits for the writer: bounded in records, and in bytes of heap so that long command lines cannot exhaust it. */
public final class ObservationQueue {
    private final BlockingQueue<Observation> queue;
    private final long heapLimit;
    private final AtomicLong heap = new AtomicLong();

    public ObservationQueue(int records, long heapLimit) {
        this.queue = new ArrayBlockingQueue<>(records);
        this.heapLimit = heapLimit;
    }

    /** Adds it if there is room; never waits. */
    public boolean offer(Observation observation) {
        int weight = observation.retainedBytes();
        if (heap.get() + weight > heapLimit || !queue.offer(observation)) {
            return false;
        }
        heap.addAndGet(weight);
        return true;
    }

    /** Whether it is half full: what can wait should. */
    public boolean isBusy() {
        return queue.remainingCapacity() < queue.size() || heap.get() > heapLimit / 2;
    }

    /** Takes the next, or null where none comes in this time. */
    Observation poll(long milliseconds) throws InterruptedException {
        Observation observation = queue.poll(milliseconds, TimeUnit.MILLISECONDS);
        if (observation != null) {
            heap.addAndGet(-observation.retainedBytes());
        }
        return observation;
    }
}
