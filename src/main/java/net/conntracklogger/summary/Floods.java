// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Notice;

/** The floods that are going on. Not thread-safe. */
final class Floods {
    /** Maximum number of floods at once. Each takes 0.7 MiB. */
    private static final int MOST = 8;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Interval between summaries of a flood. Short, because a question to the log counts on flows of five seconds ago. */
    private static final long SUMMARY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How late events are read when the sources of what comes are counted. */
    private static final long LATE_NANOS = SECOND_NANOS;
    /** How late events are read when the source of most is a flood. A burst of 200,000 flows is read within 2 seconds. */
    private static final long TOO_LATE_NANOS = 3 * SECOND_NANOS;

    private final ObservationQueue queue;
    private final RandomGenerator random;
    private final FloodFinder finder = new FloodFinder();
    private final List<Flood> active = new ArrayList<>();
    private final Deque<Notice> notices = new ArrayDeque<>();
    private long second;
    private long lastSummaries;
    private boolean off;

    /** @param now {@link System#nanoTime} */
    Floods(ObservationQueue queue, RandomGenerator random, long now) {
        this.queue = queue;
        this.random = random;
        this.second = now;
        this.lastSummaries = now;
    }

    /** Counts a flow. Returns false if it stays whole. */
    boolean take(AttributedFlow flow, boolean asEnd) {
        if (off) {
            return false;
        }
        for (int i = 0; i < active.size(); i++) {
            if (active.get(i).source().covers(flow)) {
                return active.get(i).take(flow, asEnd);
            }
        }
        finder.add(flow, asEnd);
        return false;
    }

    /** Reports whether a flood has the flow, which has no entry. Counts nothing. */
    boolean hides(AttributedFlow flow) {
        for (int i = 0; i < active.size(); i++) {
            if (active.get(i).source().covers(flow)) {
                return active.get(i).hides(flow);
            }
        }
        return false;
    }

    /**
     * Finds floods that begin or end, and queues summaries that are due.
     *
     * @param rate number of flows a second that are no flood; 0: nothing is a flood
     * @param lag how late events are read at most, in nanoseconds
     */
    void check(long now, int rate, long lag) {
        off = rate == 0 && active.isEmpty();
        if (off && notices.isEmpty()) {
            return;
        }
        boolean half = lag > LATE_NANOS || queue.isFuller(2);
        // If a flood filled the queue, few flows of others come while it is emptied.
        boolean full = half && queue.isFuller(3) && finder.counted() > queue.size() / 10;
        // A restart may take as long, under an ordinary load.
        boolean late = lag > TOO_LATE_NANOS && finder.counted() > 2L * rate;
        finder.checkBacklog(half, full || late)
                .ifPresent(source -> begin(
                        source,
                        now,
                        full
                                ? "more than a third of a queue that is three quarters full"
                                : "more than a third of events that are read too late"));
        if (now - second >= SECOND_NANOS) {
            endSecond(now, rate, half);
        }
        if (now - lastSummaries >= SUMMARY_NANOS) {
            lastSummaries = now;
            active.forEach(this::queueSummary);
        }
        while (!notices.isEmpty() && queue.offer(notices.peek())) {
            notices.remove();
        }
    }

    private void endSecond(long now, int rate, boolean half) {
        // A second may be longer, if no flow came.
        long quiet = rate == 0 ? Long.MAX_VALUE : rate * ((now - second) / 1000) / TimeUnit.SECONDS.toMicros(1);
        second = now;
        active.forEach(flood -> flood.endSecond(half && rate != 0 ? -1 : quiet));
        active.removeIf(flood -> (rate == 0 || flood.isOver()) && end(flood, now));
        Optional<FloodSource> found = finder.endSecond(quiet);
        found.ifPresent(source ->
                begin(source, now, "more than %d flows a second for %d s".formatted(rate, FloodFinder.SECONDS)));
    }

    private void begin(FloodSource source, long now, String cause) {
        if (active.size() == MOST) {
            return;
        }
        active.add(new Flood(source, now, random));
        notices.add(new Notice(
                Notice.Kind.FLOOD_BEGAN,
                "flood of flows: %s, %s; only the first to each address and port have entries, and summaries count the"
                                .formatted(source, cause)
                        + " others; find out what makes them, or raise FloodRate="));
    }

    /** Ends a flood, unless its last summary has no room. */
    private boolean end(Flood flood, long now) {
        if (!queueSummary(flood)) {
            return false;
        }
        notices.add(new Notice(
                Notice.Kind.FLOOD_ENDED,
                "flood of flows: %s, ended after %d s; summaries count %d flows"
                        .formatted(
                                flood.source(),
                                TimeUnit.NANOSECONDS.toSeconds(now - flood.began()),
                                flood.summarised())));
        return true;
    }

    /** Queues the summary of a flood, and reports whether it is empty now. */
    private boolean queueSummary(Flood flood) {
        if (!flood.isEmpty() && queue.offer(flood.summary())) {
            flood.clear();
        }
        return flood.isEmpty();
    }

    /** Queues the last summaries, and reports whether all are queued. */
    boolean finish() {
        active.removeIf(this::queueSummary);
        return active.isEmpty();
    }

    /** Returns when the first flow that is in no summary yet began. Microseconds since the epoch; 0: there is none. */
    long first() {
        return EpochMicros.earliest(active.stream().mapToLong(Flood::first));
    }
}
