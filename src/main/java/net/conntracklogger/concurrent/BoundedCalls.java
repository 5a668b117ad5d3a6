// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Makes calls that a user can cause to hang. Examples are reads of a file system of the user. Each call runs in a
 * thread of this object, and the caller waits for it briefly. While a call of a user hangs, all other calls of that
 * user are left out. Slow calls may take a tenth of the time for each user and a quarter for all, so that one user does
 * not delay the flows of others. Only one thread may use this object, but any thread may read the counts.
 */
public final class BoundedCalls implements Closeable {
    /** Maximum number of calls that hang at once. A user has one, but a container may have any number of users. */
    private static final int MOST_THREADS = 16;
    /** Maximum number of users whose use of time is remembered. */
    private static final int REMEMBERED = 1024;

    private static final long IDLE_SECONDS = 60;
    /** Maximum wait for a call, in nanoseconds. The handoff to a thread takes 50 us, but 100 ms on a very busy machine. */
    private static final long PATIENCE_NANOS = 200_000_000;
    /** A call that takes no longer counts as if it took no time. */
    private static final long QUICK_NANOS = 1_000_000;
    /** One user's slow calls take at most a tenth of the time. Those of all users take at most a quarter. */
    private static final int USER_SHARE = 10;

    private static final int TOTAL_SHARE = 4;
    private static final long USER_BURST_NANOS = 200_000_000;
    private static final long TOTAL_BURST_NANOS = 500_000_000;
    /** How long a call that was left out is reported. */
    private static final long REPORTED_NANOS = 60_000_000_000L;

    /** Time for slow calls. */
    private static final class Share {
        private final int part;
        private final long burst;
        private Future<?> hanging;
        private long allowance;
        private long refilled = System.nanoTime();

        Share(int part, long burst) {
            this.part = part;
            this.burst = burst;
            allowance = burst;
        }

        boolean allows(long now) {
            if (hanging != null && !hanging.isDone()) {
                return false;
            }
            hanging = null;
            allowance = Math.min(burst, allowance + (now - refilled) / part);
            refilled = now;
            return allowance > 0;
        }

        void spend(long duration) {
            allowance -= duration > QUICK_NANOS ? duration : 0;
        }
    }

    private final ExecutorService threads;
    private final RecentlyUsed<Long, Share> shares = new RecentlyUsed<>(REMEMBERED);
    private final Share total = new Share(TOTAL_SHARE, TOTAL_BURST_NANOS);
    private final AtomicLong leftOut = new AtomicLong();
    /** {@link System#nanoTime} at which a call was last left out; 0 if none was. */
    private volatile long lastLeftOut;

    /** Starts no thread yet. */
    public BoundedCalls(String threadName) {
        threads = new ThreadPoolExecutor(
                0, MOST_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, threadName);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Makes a call.
     *
     * @param user who can make the call hang
     * @param call must be safe in any thread
     * @param late receives the result if it comes too late, in that thread
     * @return the result; null if the call takes too long, or if it is left out because calls of this user hang
     */
    public <T> T call(long user, Supplier<T> call, Consumer<? super T> late) {
        long began = System.nanoTime();
        Share share = shares.computeIfAbsent(user, key -> new Share(USER_SHARE, USER_BURST_NANOS));
        if (!share.allows(began) || !total.allows(began)) {
            countLeftOut();
            return null;
        }
        try {
            CompletableFuture<T> result = CompletableFuture.supplyAsync(call, threads);
            return await(result, share, late);
        } catch (RejectedExecutionException e) {
            countLeftOut(); // All threads hang.
            return null;
        } finally {
            long duration = System.nanoTime() - began;
            share.spend(duration);
            total.spend(duration);
        }
    }

    private <T> T await(CompletableFuture<T> result, Share share, Consumer<? super T> late) {
        try {
            return result.get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            share.hanging = result.thenAccept(late);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            share.hanging = result.thenAccept(late);
            Thread.currentThread().interrupt();
        }
        countLeftOut();
        return null;
    }

    private void countLeftOut() {
        lastLeftOut = System.nanoTime() | 1; // Never 0.
        leftOut.incrementAndGet();
    }

    /** Returns how often a result was not available. Thread-safe. */
    public long leftOut() {
        return leftOut.get();
    }

    /** Reports whether a result was not available within the last minute. Thread-safe. */
    public boolean isSilent() {
        long last = lastLeftOut;
        return last != 0 && System.nanoTime() - last < REPORTED_NANOS;
    }

    /** Ends the threads whose calls return. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
