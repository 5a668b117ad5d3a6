// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.PendingFlow;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.netfilter.ConntrackSocket;

/**
 * The loop that takes events from the kernel, finds their owners at once (a moment later the socket may be gone), and
 * queues what is to be logged. It never waits for the journal: what does not fit is counted. At the start it takes up the
 * flows that are there already, besides.
 */
public final class FlowReader implements Stage {
    private static final int IDLE_MILLIS = 500;
    /** How soon to look again for an owner that is still to come. */
    private static final int RETRY_MILLIS = 1;
    /** How soon to look again for flows that existed before, or have ended unseen. */
    private static final int TABLE_MILLIS = 20;

    /** Events between looks at the kernel's count of drops. */
    private static final int BATCH = 256;
    /** Bounds what is still taken at the end, should flows come faster than they are read. */
    private static final int MOST_BATCHES_AT_END = 1000;

    private final ConntrackSocket events;
    private final FlowAttributor attributor;
    private final Configuration configuration;
    private final ExistingFlows existing;
    private final LoggedFlows logged;
    private final FlowNaming naming;
    private final ObservationQueue queue;
    private final LossLedger losses;
    private final Optional<UnseenEnds> unseen;
    private final Poll poll;
    /** Flows whose owner is not known yet, and those behind them. None waits for long, so that there are never many. */
    private final Deque<PendingFlow> pending = new ArrayDeque<>();

    /** When the kernel last held no event: those that it holds now are younger. */
    private long lastEmpty;

    /** When the thread was last woken by an event, or had read all: little younger than those that it reads now. */
    private long awake;

    private boolean drained;
    private long dropsReported;
    private long malformedReported;
    private final AtomicLong begunHere = new AtomicLong();
    private final AtomicLong flows = new AtomicLong();
    private final AtomicLong attributed = new AtomicLong();

    /**
     * Uses what it is given.
     *
     * @param opened {@link System#nanoTime} before the socket was opened: all events that it holds are younger
     * @param unseen empty where ends are not logged
     */
    public FlowReader(
            ConntrackSocket events,
            long opened,
            FlowAttributor attributor,
            Configuration configuration,
            ExistingFlows existing,
            LoggedFlows logged,
            FlowNaming naming,
            ObservationQueue queue,
            LossLedger losses,
            Optional<UnseenEnds> unseen) {
        this.events = events;
        this.lastEmpty = opened;
        this.awake = opened;
        this.attributor = attributor;
        this.configuration = configuration;
        this.existing = existing;
        this.logged = logged;
        this.naming = naming;
        this.queue = queue;
        this.losses = losses;
        this.unseen = unseen;
        this.poll = new Poll(events.fd());
    }

    /** Flows whose process was found. */
    public long attributed() {
        return attributed.get();
    }

    /** Flows of the service's own network namespace of which an event told that they are new. */
    public long begunHere() {
        return begunHere.get();
    }

    /** All flows, those that existed before too. */
    public long flows() {
        return flows.get();
    }

    /** Waits for something and handles it; returns within half a second. */
    @Override
    public void work() throws LinuxException {
        attributor.survey();
        if (poll.await(patience()) && drained) {
            awake = System.nanoTime();
        }
        takeBatch(); // Where there is nothing, it takes note of when that was.
        takeExisting();
        passOn();
        lookForEnds();
        if (existing.isDone() && pending.isEmpty()) {
            attributor.endExisting();
        }
        countLosses();
    }

    private int patience() {
        if (!pending.isEmpty()) {
            return RETRY_MILLIS;
        }
        boolean busy = !existing.isDone() || unseen.isPresent() && unseen.get().isLooking();
        return naming.dueMillis(busy ? TABLE_MILLIS : IDLE_MILLIS);
    }

    /** Takes what the kernel still holds, a batch at most; answers whether there was anything. */
    private boolean takeBatch() throws LinuxException {
        for (int i = 0; i < BATCH; i++) {
            long now = System.nanoTime();
            FlowEvent event = events.receive();
            drained = event == null;
            if (drained) {
                lastEmpty = now;
                awake = now;
                return i > 0;
            }
            if (!existing.isDone() && event.namespace() == null) {
                FlowEvent before = existing.meet(event);
                if (before != null) {
                    take(before);
                }
            }
            take(event);
        }
        return true;
    }

    private void take(FlowEvent event) throws LinuxException {
        if (event.kind() != FlowEvent.Kind.END) {
            flows.incrementAndGet();
        }
        if (event.kind() == FlowEvent.Kind.NEW && event.namespace() == null) {
            begunHere.incrementAndGet();
        }
        if (configuration.logs(event.original().protocol())) {
            unseen.ifPresent(ends -> ends.read(event));
            pending.add(attributor.begin(event, lastEmpty, awake));
            if (pending.size() == 1) {
                passOn();
            }
        }
    }

    /** Flows that existed before can wait until others leave room for them. */
    private void takeExisting() throws LinuxException {
        if (existing.isDone() || queue.isBusy()) {
            return;
        }
        existing.readOn();
        losses.add(Loss.Place.DECODE, existing.malformed());
        for (FlowEvent flow : existing.take(lastEmpty)) {
            take(flow);
        }
        if (existing.isDone()) {
            existing.close();
        }
    }

    /** Queues the flows whose owner is found, up to the first that still waits for it: the order stays. */
    private void passOn() throws LinuxException {
        while (!pending.isEmpty()) {
            Optional<AttributedFlow> flow = attributor.attribute(pending.peek());
            if (flow.isEmpty()) {
                break;
            }
            pending.remove();
            if (flow.get().owner().process() != null) {
                attributed.incrementAndGet();
            }
            naming.add(flow.get());
        }
        for (AttributedFlow flow = naming.next(); flow != null; flow = naming.next()) {
            AttributedFlow end = unseen.isPresent() ? unseen.get().pass(flow) : null;
            if (end != null) {
                logged.add(end);
            }
            logged.add(flow);
        }
    }

    /** Ends that no event tells can wait until others leave room for them. */
    private void lookForEnds() throws LinuxException {
        if (unseen.isPresent() && drained && existing.isDone() && !queue.isBusy()) {
            unseen.get().look(lastEmpty).forEach(logged::add);
        }
    }

    private void countLosses() throws LinuxException {
        long drops = events.dropped();
        // The kernel's counter has 32 bits.
        long dropped = drops - dropsReported & 0xffff_ffffL;
        dropsReported = drops;
        losses.add(Loss.Place.KERNEL, dropped);
        long malformed = events.malformed() - malformedReported;
        malformedReported = events.malformed();
        losses.add(Loss.Place.DECODE, malformed);
        unseen.ifPresent(ends -> ends.lost(dropped + malformed));
    }

    /** Takes in what came before the end. */
    @Override
    public void finish() throws LinuxException {
        for (int i = 0; i < MOST_BATCHES_AT_END && takeBatch(); i++) {
            countLosses();
        }
        while (!pending.isEmpty() || !naming.isEmpty()) {
            poll.await(RETRY_MILLIS);
            passOn();
        }
        logged.finish();
        existing.close();
        poll.close();
    }
}
