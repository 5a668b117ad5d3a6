// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Looks up values in a source that may answer late or never. An example is a network directory. Three threads
 * take part:
 *
 * <ul>
 *   <li>One starts lookups and never waits.
 *   <li>One, which belongs to this object, queries the source in the order of the lookups and remembers the results.
 *   <li>One takes results. It waits for a result for a limited time, and only while waiting loses nothing. It does not
 *       wait behind a lookup that has taken longer than this limit. All waiting takes at most a tenth of the time, so that
 *       slow lookups, one after the other, delay nothing for long. Results that are not available in time are counted.
 * </ul>
 *
 * <p>The source may hang in a call that nothing interrupts, so no thread waits until the thread of this object has ended.
 */
public final class AsyncLookup<K> implements Closeable {
    private static final int REMEMBERED = 4096;
    private static final int MOST_WAITING = 1024;
    /** Waiting takes at most one part of the time in this many. */
    private static final int WAITING_SHARE = 10;
    /** Interval, while waiting for a result, at which the conditions for waiting are checked. */
    private static final long SLICE_MILLIS = 10;

    /** A source of values. It is queried for one key at a time and closed after the last. */
    public interface Source<K> extends Closeable {
        /**
         * Returns the value of a key; null if it has none. May block without limit.
         *
         * @throws IOException if the value is unknown
         */
        String find(K key) throws IOException;

        @Override
        void close();
    }

    /**
     * How long results stay valid, in nanoseconds.
     *
     * @param found a value
     * @param none that a key has no value
     * @param failed that the value of a key is unknown
     */
    public record Lifetimes(long found, long none, long failed) {}

    private enum State {
        OPEN,
        FOUND,
        FAILED
    }

    /** The result of a lookup, which may still be open. */
    private final class Result implements Supplier<String> {
        private final K key;
        private final CountDownLatch ready = new CountDownLatch(1);
        private volatile State state = State.OPEN;
        private volatile String value;
        private volatile long expires;

        Result(K key) {
            this.key = key;
        }

        void settle(State how, String what, long lifetime) {
            value = what;
            expires = System.nanoTime() + lifetime;
            state = how;
            ready.countDown();
        }

        boolean isStale() {
            return state != State.OPEN && System.nanoTime() - expires > 0;
        }

        @Override
        public String get() {
            if (state == State.OPEN) {
                await(this);
            }
            if (state != State.FOUND) {
                leftOut.incrementAndGet();
            }
            return value;
        }
    }

    private final Source<K> source;
    private final Lifetimes lifetimes;
    private final RecentlyUsed<K, Result> results = new RecentlyUsed<>(REMEMBERED);
    private final BlockingQueue<Result> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final long patience;
    private final BooleanSupplier mayWait;
    private final AtomicLong leftOut = new AtomicLong();
    private final Thread thread;
    /**
     * Time that the thread that takes results may wait now, in nanoseconds. {@code refilled} is when it was computed.
     */
    private long allowance;

    private long refilled = System.nanoTime();
    /** Time at which the current query of the source began; 0 if none. It is a {@link System#nanoTime}. */
    private volatile long busySince;

    /**
     * Starts the thread that queries the source.
     *
     * @param name of the thread
     * @param patience maximum wait for a result, in nanoseconds
     * @param mayWait whether a thread that takes a result may wait for it now
     */
    public AsyncLookup(String name, Source<K> source, Lifetimes lifetimes, long patience, BooleanSupplier mayWait) {
        this.source = source;
        this.lifetimes = lifetimes;
        this.patience = patience;
        this.allowance = patience;
        this.mayWait = mayWait;
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Starts a lookup, unless a valid result is remembered. Never waits. Called by one thread only.
     *
     * @return the result, which one other thread takes; null if the key has no value or the value is not known in time
     */
    public Supplier<String> lookUp(K key) {
        Result known = results.get(key);
        if (known != null && !known.isStale()) {
            return known;
        }
        Result result = new Result(key);
        if (waiting.offer(result)) {
            results.put(key, result);
        } else {
            result.settle(State.FAILED, null, 0);
        }
        return result;
    }

    private void work() {
        try (source) {
            while (true) {
                Result result = waiting.take();
                busySince = System.nanoTime() | 1; // Never 0, which means that no query runs.
                find(result);
                busySince = 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void find(Result result) {
        try {
            String found = source.find(result.key);
            result.settle(State.FOUND, found, found == null ? lifetimes.none() : lifetimes.found());
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // A bug, too, must not end the thread: no result would ever be settled.
            result.settle(State.FAILED, null, lifetimes.failed());
        }
    }

    private void await(Result result) {
        long began = System.nanoTime();
        allowance = Math.min(patience, allowance + (began - refilled) / WAITING_SHARE);
        refilled = began;
        long end = began + Math.max(0, allowance);
        try {
            boolean ready = false;
            while (!ready && System.nanoTime() - end < 0 && !isSilent() && mayWait.getAsBoolean()) {
                ready = result.ready.await(SLICE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        allowance -= System.nanoTime() - began;
    }

    /** Reports whether the current query has taken longer than any thread waits for a result. Thread-safe. */
    public boolean isSilent() {
        long since = busySince;
        return since != 0 && System.nanoTime() - since > patience;
    }

    /** Returns how often a result was taken whose value was unknown. Thread-safe. */
    public long leftOut() {
        return leftOut.get();
    }

    /** Ends the thread after its current query. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
