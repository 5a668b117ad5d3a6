// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.handover.EntryNumbers;

/**
 * Decides which flows stay whole, and queues summaries of the others. A summary that does not fit the queue waits and counts
 * on. Called by flow-reader only, except for {@link #reconfigure}.
 */
public final class Summaries {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Maximum wait for room in the queue when the service stops. There may be more summaries than the queue holds. */
    private static final long PATIENCE_AT_END_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ObservationQueue queue;
    private final EntryNumbers kept;
    private final Predicate<AttributedFlow> staysWhole;
    private final LongSupplier clock;
    private final Floods floods;
    private final RepeatedFlows repeated = new RepeatedFlows();
    private FlowSummary before;
    private volatile Configuration configuration;
    private long now;
    private long lastSince;

    /**
     * Starts with no summary of this process.
     *
     * @param before what the process before counted in summaries that were not written
     * @param staysWhole flows that no summary may count
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    public Summaries(
            Configuration configuration,
            ObservationQueue queue,
            EntryNumbers kept,
            FlowSummary before,
            Predicate<AttributedFlow> staysWhole,
            LongSupplier clock,
            RandomGenerator random) {
        this.configuration = configuration;
        this.queue = queue;
        this.kept = kept;
        this.staysWhole = staysWhole;
        this.clock = clock;
        now = clock.getAsLong();
        lastSince = now;
        floods = new Floods(queue, random, now);
        this.before = before;
    }

    /** Applies a configuration to the flows that come from now on. Thread-safe. */
    public void reconfigure(Configuration changed) {
        configuration = changed;
    }

    /**
     * Counts a flow, unless it stays whole.
     *
     * @param position where its event is kept; it needs no entry any more if the flow is counted
     * @param asEnd whether it is the end of a flow whose beginning is counted, or logged
     * @return false if the flow stays whole
     */
    public boolean take(AttributedFlow flow, long position, boolean asEnd) {
        boolean taken = !staysWhole.test(flow) && (floods.take(flow, asEnd) || isRepeat(flow, asEnd));
        if (taken) {
            kept.summarise(position, asEnd, flow.event().timestamp());
        }
        return taken;
    }

    /** Reports whether a flood has the flow, which has no entry. Counts nothing. */
    public boolean hides(AttributedFlow flow) {
        return !staysWhole.test(flow) && floods.hides(flow);
    }

    private boolean isRepeat(AttributedFlow flow, boolean asEnd) {
        int seconds = configuration.aggregate();
        return seconds > 0 && repeated.take(flow, asEnd, now, TimeUnit.SECONDS.toNanos(seconds));
    }

    /**
     * Queues the summaries that are due. Called after each batch of events.
     *
     * @param lag how late events are read at most, in nanoseconds
     */
    public void check(long lag) {
        now = clock.getAsLong();
        if (before != null && (before.isEmpty() || queue.offer(before))) {
            before = null;
        }
        floods.check(now, configuration.floodRate(), lag);
        if (!repeated.isEmpty()) {
            repeated.passOn(now, configuration.aggregate() == 0, queue::offer);
        }
        if (now - lastSince >= SECOND_NANOS) {
            lastSince = now;
            kept.setSummarisedSince(EpochMicros.earliest(LongStream.of(floods.first(), repeated.first())));
        }
    }

    /** Queues all summaries, and waits for room. Those that still do not fit are left to the next process. */
    public void finish() {
        long deadline = clock.getAsLong() + PATIENCE_AT_END_NANOS;
        boolean done = false;
        while (!done && clock.getAsLong() - deadline < 0) {
            check(/* lag= */ 0);
            repeated.passOn(now, /* all= */ true, queue::offer);
            done = floods.finish() && repeated.isEmpty() && before == null;
            if (!done) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }
}
