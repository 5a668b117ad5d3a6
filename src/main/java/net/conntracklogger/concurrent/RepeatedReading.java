// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Reads a source at intervals in a thread of its own. Keeps the most recent value. For sources that may hang in a call
 * that nothing interrupts, such as a lock of the kernel. No thread waits until the thread of this object has ended.
 */
public final class RepeatedReading<T> implements Closeable {
    /** A source of values, which is closed after the last reading. */
    public interface Source<T> extends Closeable {
        /** Returns the value of now. May block without limit. */
        T read() throws IOException;
    }

    /**
     * A value and when its reading began.
     *
     * @param began nanoseconds of the clock
     */
    public record Timed<T>(T value, long began) {}

    /** @param failure why there is no value; null if there is one */
    private record Reading<T>(Timed<T> value, IOException failure) {}

    private final String name;
    private final Source<? extends T> source;
    private final long interval;
    private final LongSupplier clock;
    private final Thread thread;
    private volatile Reading<T> latest = new Reading<>(null, null);
    /** When the current or the last reading began. */
    private volatile long began;

    /**
     * Starts the thread, which begins the first reading at once.
     *
     * @param name of the thread
     * @param interval milliseconds between two readings
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public RepeatedReading(String name, Source<? extends T> source, long interval, LongSupplier clock) {
        this.name = name;
        this.source = source;
        this.interval = interval;
        this.clock = clock;
        this.began = clock.getAsLong();
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void work() {
        try (source) {
            while (!Thread.interrupted()) {
                began = clock.getAsLong();
                latest = read();
                Thread.sleep(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            latest = new Reading<>(null, e);
        }
    }

    private Reading<T> read() {
        try {
            return new Reading<>(new Timed<>(source.read(), began), null);
        } catch (IOException e) {
            return new Reading<>(null, e);
        }
    }

    /**
     * Returns the most recent value; null before the first. Never waits.
     *
     * @param most milliseconds since the last reading began, after which the source is silent
     * @throws IOException if the last reading failed, or the source is silent
     */
    public Timed<T> latest(long most) throws IOException {
        long age = (clock.getAsLong() - began) / 1_000_000;
        if (age > most) {
            throw new IOException("%s: no answer for %d s".formatted(name, age / 1000));
        }
        Reading<T> reading = latest;
        if (reading.failure() != null) {
            throw reading.failure();
        }
        return reading.value();
    }

    /** Ends the thread after its current reading. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
