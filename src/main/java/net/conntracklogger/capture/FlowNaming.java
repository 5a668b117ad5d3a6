// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.resolved.AddressNames;

/**
 * Gives flows that leave this host, or go through it, the names that led to their destinations. systemd-resolved tells of
 * an answer after it gave it, and whoever asked does not wait for that: so each flow stays here for a moment. They come out
 * in the order in which they came in. Not safe for use by several threads.
 */
public final class FlowNaming {
    /**
     * How much later than the flow that it led to an answer may be told of. Of 8,000 flows that began as soon as the answer
     * was there, half had no name without a wait, and 22 with it, on two CPUs with a load of 15 to 20.
     */
    private static final long PATIENCE_MILLIS = 100;

    private static final long PATIENCE_MICROS = TimeUnit.MILLISECONDS.toMicros(PATIENCE_MILLIS);
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    /** Bytes of heap that may wait. When flows come faster than that allows, they wait less. */
    private static final int MOST_BYTES = 2 << 20;

    /** @param due by the clock */
    private record Waiting(AttributedFlow flow, long due) {}

    private final AddressNames names;
    private final BooleanSupplier told;
    private final LongSupplier clock;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final AtomicLong hurried = new AtomicLong();
    private int bytes;

    /**
     * @param told whether answers are told of now: else there is nothing to wait for
     * @param clock nanoseconds, as {@link System#nanoTime} counts them
     */
    public FlowNaming(AddressNames names, BooleanSupplier told, LongSupplier clock) {
        this.names = names;
        this.told = told;
        this.clock = clock;
    }

    void add(AttributedFlow flow) {
        long now = clock.getAsLong();
        waiting.add(new Waiting(flow, isNamed(flow) && told.getAsBoolean() ? now + PATIENCE_NANOS : now));
        bytes += flow.retainedBytes();
    }

    /**
     * It has just begun, and where it goes is an address that somebody may have looked up here: in another network namespace
     * the same address can be another host's.
     */
    private static boolean isNamed(AttributedFlow flow) {
        return flow.event().kind() == FlowEvent.Kind.NEW
                && flow.event().namespace() == null
                && (flow.direction() == Direction.OUTBOUND || flow.direction() == Direction.FORWARDED);
    }

    /** The next flow that has waited long enough, with its names; else null. */
    AttributedFlow next() {
        Waiting first = waiting.peek();
        if (first == null) {
            return null;
        }
        if (clock.getAsLong() - first.due < 0) {
            if (bytes <= MOST_BYTES) {
                return null;
            }
            hurried.incrementAndGet();
        }
        waiting.remove();
        AttributedFlow flow = first.flow;
        bytes -= flow.retainedBytes();
        if (!isNamed(flow)) {
            return flow;
        }
        long began = flow.event().timestamp();
        List<DestinationName> found = names.of(flow.event().original().destination(), began, began + PATIENCE_MICROS);
        return found.isEmpty() ? flow : flow.withNames(found);
    }

    /** Flows that had to go before their names were certain to be known. Any thread may ask. */
    public long hurried() {
        return hurried.get();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** In how many milliseconds, 1 or more, there is a next flow; {@code most} where that is sooner. */
    int dueMillis(int most) {
        Waiting first = waiting.peek();
        if (first == null) {
            return most;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(first.due - clock.getAsLong()) + 1;
        return (int) Math.max(1, Math.min(left, most));
    }
}
