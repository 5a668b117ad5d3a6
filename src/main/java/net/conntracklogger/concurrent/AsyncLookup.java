// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Questions that may take long to answer, such as to a directory in the network. One thread asks and never waits; a thread
 * of this object's own finds the answers out, in the order of the questions, and remembers them; a third takes them and
 * waits for one, but only so long, only while nothing is in danger of being lost by that, and not at all behind a question
 * that has already taken that long. What it then does without is counted.
 *
 * <p>The own thread may hang in a call that nothing can interrupt, so nobody waits for its end.
 */
public final class AsyncLookup<K> implements Closeable {
    private static final int REMEMBERED = 4096;
    private static final int MOST_WAITING = 1024;
    private static final long SLICE_MILLIS = 10;

    /** Finds answers out, one at a time, and is closed after the last. */
    public interface Source<K> extends Closeable {
        /**
         * Takes as long as it takes.
         *
         * @return null where there is none
         * @throws IOException where that cannot be known
         */
        String find(K key) throws IOException;

        @Override
        void close();
    }

    /** How long an answer holds, one that there is none, and one that could not be had; in nanoseconds. */
    public record Lifetimes(long found, long none, long failed) {}

    private enum State {
        OPEN,
        ANSWERED,
        FAILED
    }

    /** An answer that may still be on its way. */
    private final class Answer implements Supplier<String> {
        private final K key;
        private final CountDownLatch ready = new CountDownLatch(1);
        private volatile State state = State.OPEN;
        private volatile String value;
        private volatile long expires;

        Answer(K key) {
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
            if (state != State.ANSWERED) {
                leftOut.incrementAndGet();
            }
            return value;
        }
    }

    private final Source<K> source;
    private final Lifetimes lifetimes;
    private final Map<K, Answer> answers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Answer> eldest) {
            return size() > REMEMBERED;
        }
    };
    private final BlockingQueue<Answer> questions = new ArrayBlockingQueue<>(MOST_WAITING);
    private final long patience;
    private final BooleanSupplier leisure;
    private final AtomicLong leftOut = new AtomicLong();
    private final Thread thread;
    /** When the question that is being worked on was begun; 0 for none. */
    private volatile long busySince;

    /**
     * Starts its thread.
     *
     * @param patience how long to wait for an answer at most, in nanoseconds
     * @param leisure whether there is time to wait
     */
    public AsyncLookup(String name, Source<K> source, Lifetimes lifetimes, long patience, BooleanSupplier leisure) {
        this.source = source;
        this.lifetimes = lifetimes;
        this.patience = patience;
        this.leisure = leisure;
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks, unless the answer is known. One thread alone calls this; one other calls what it answers. */
    public Supplier<String> lookUp(K key) {
        Answer known = answers.get(key);
        if (known != null && !known.isStale()) {
            return known;
        }
        Answer answer = new Answer(key);
        if (questions.offer(answer)) {
            answers.put(key, answer);
        } else {
            answer.settle(State.FAILED, null, 0);
        }
        return answer;
    }

    private void work() {
        try (source) {
            while (true) {
                Answer answer = questions.take();
                busySince = System.nanoTime() | 1; // which is no 0
                find(answer);
                busySince = 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void find(Answer answer) {
        try {
            String found = source.find(answer.key);
            answer.settle(State.ANSWERED, found, found == null ? lifetimes.none() : lifetimes.found());
        } catch (IOException e) {
            answer.settle(State.FAILED, null, lifetimes.failed());
        }
    }

    private void await(Answer answer) {
        long end = System.nanoTime() + patience;
        try {
            boolean ready = false;
            while (!ready && System.nanoTime() < end && !isSilent() && leisure.getAsBoolean()) {
                ready = answer.ready.await(SLICE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether a question has been worked on for longer than anybody waits. Any thread may ask. */
    public boolean isSilent() {
        long since = busySince;
        return since != 0 && System.nanoTime() - since > patience;
    }

    /** How often somebody had to do without. Any thread may ask. */
    public long leftOut() {
        return leftOut.get();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
