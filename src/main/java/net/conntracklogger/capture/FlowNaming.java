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
 * Adds destination names to new outbound and forwarded flows. systemd-resolved reports an answer only after the client has
 * it, so each of these flows is delayed by 100 ms. The order of all flows is kept. Not thread-safe, except for
 * {@link #hurried}.
 */
public final class FlowNaming {
    /**
     * How much later than a flow the answer that led to it is reported at most. Of 8,000 flows that began as soon as the
     * answer was there, half had no name without this delay, and 22 with it, on two CPUs with a load of 15 to 20.
     */
    private static final long DELAY_MILLIS = 100;

    private static final long DELAY_MICROS = TimeUnit.MILLISECONDS.toMicros(DELAY_MILLIS);
    private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(DELAY_MILLIS);
    /** Bytes of heap that delayed flows take at most. If flows come faster, the delay is shorter. */
    private static final int MOST_BYTES = 2 << 20;

    /** @param due when the flow is passed on, by the clock */
    private record Delayed(AttributedFlow flow, long due) {}

    private final AddressNames names;
    private final BooleanSupplier reported;
    private final LongSupplier clock;
    private final Deque<Delayed> delayed = new ArrayDeque<>();
    private final AtomicLong hurried = new AtomicLong();
    private int bytes;

    /**
     * Creates the step with no flow in it.
     *
     * @param reported whether answers are reported now; if not, no flow is delayed
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public FlowNaming(AddressNames names, BooleanSupplier reported, LongSupplier clock) {
        this.names = names;
        this.reported = reported;
        this.clock = clock;
    }

    /** Adds a flow behind all others. */
    void add(AttributedFlow flow) {
        long now = clock.getAsLong();
        delayed.add(new Delayed(flow, hasName(flow) && reported.getAsBoolean() ? now + DELAY_NANOS : now));
        bytes += flow.retainedBytes();
    }

    /**
     * Reports whether a flow may have a destination name: it is new, and goes to another host. In another network namespace
     * the same address may belong to another host than the answer meant.
     */
    private static boolean hasName(AttributedFlow flow) {
        return flow.event().kind() == FlowEvent.Kind.NEW
                && flow.event().namespace() == null
                && (flow.direction() == Direction.OUTBOUND || flow.direction() == Direction.FORWARDED);
    }

    /** Takes the next flow whose delay is over and returns it with its names; returns null if there is none. */
    AttributedFlow next() {
        Delayed first = delayed.peek();
        if (first == null) {
            return null;
        }
        if (clock.getAsLong() - first.due < 0) {
            if (bytes <= MOST_BYTES) {
                return null;
            }
            hurried.incrementAndGet();
        }
        delayed.remove();
        AttributedFlow flow = first.flow;
        bytes -= flow.retainedBytes();
        if (!hasName(flow)) {
            return flow;
        }
        long began = flow.event().timestamp();
        List<DestinationName> found = names.of(flow.event().original().destination(), began, began + DELAY_MICROS);
        return found.isEmpty() ? flow : flow.withNames(found);
    }

    /** Returns how many flows were passed on before their delay was over, and may lack a name. Thread-safe. */
    public long hurried() {
        return hurried.get();
    }

    boolean isEmpty() {
        return delayed.isEmpty();
    }

    /** Returns in how many milliseconds, at least 1, the delay of the next flow is over; at most {@code most}. */
    int dueMillis(int most) {
        Delayed first = delayed.peek();
        if (first == null) {
            return most;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(first.due - clock.getAsLong()) + 1;
        return (int) Math.max(1, Math.min(left, most));
    }
}
