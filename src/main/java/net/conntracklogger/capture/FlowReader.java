// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.handover.DropCount;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.Poll;
import net.conntracklogger.netfilter.ConntrackSocket;

/**
 * Reads conntrack events, attributes each at once and queues it. The socket of a flow may be gone a moment later. Never
 * blocks on the journal: flows that do not fit the queue are dropped and counted. The stage of thread
 * {@code flow-reader}.
 *
 * <p>The way of a flow, in the order of the methods below:
 *
 * <pre>
 *  {@link #readEvents} or {@link #readExisting}   FlowEvent, from the kernel
 *  {@link #take}                         excluded protocols end here
 *  {@link FlowAttribution}               FlowEvent to AttributedFlow: the owner, the destination name
 *  {@link #log}                          {@link LoggedFlows} and the queue
 * </pre>
 *
 * Order is kept: a flow waits until all flows before it are attributed and named. Only a failure of the conntrack socket
 * ends the stage.
 */
public final class FlowReader implements Stage {
    private static final int IDLE_MILLIS = 500;
    /** Interval between lookups of an owner whose record may still come. */
    private static final int RETRY_MILLIS = 1;
    /** Number of observations in the queue from which on flows wait that existed at start. */
    private static final int MOST_AHEAD = 1024;
    /** Interval between steps through the existing flows. Those whose events were lost leave the table soon. */
    private static final int EXISTING_MILLIS = 5;
    /** Interval between steps through open flows that may have ended, or that last. */
    private static final int TABLE_MILLIS = 20;

    /** Pause in which events gather under load. Waking the thread for each costs more than its attribution. */
    private static final long GATHER_NANOS = 5_000_000;

    /** Time without reading all events after which the reader is late. The records of owners are evicted after 65,536 flows. */
    private static final long LATE_NANOS = 50_000_000;

    /** Maximum number of batches between two queries of the kernel's drop counter. */
    private static final int MOST_BATCHES = 4;
    /** Maximum number of batches of refused flows at once. The programs have room for as many. */
    private static final int MOST_REFUSED_BATCHES = 8;
    /** Maximum number of rounds to read after the service was stopped. Events may come faster than they are read. */
    private static final int MOST_ROUNDS_AT_END = 1000;

    private final ConntrackSocket events;
    private final FlowAttribution attribution;
    private volatile Configuration configuration;
    private final ExistingFlows existing;
    private final LoggedFlows logged;
    private final ObservationQueue queue;
    private final LossLedger losses;
    private final Failures failures;
    private final EventLosses eventLosses;
    private final Optional<UnseenEnds> unseen;
    private final Optional<LastingFlows> lasting;
    private final Poll poll;

    private final KernelBacklog backlog;

    /**
     * Time at which an event last woke the thread, or the thread had read all. The events that it reads now are older
     * by at most the time to wake a thread.
     */
    private long awake;

    private boolean drained;
    /** Number of events that the last round read. */
    private int lastRead;

    private final FlowCounts counts;

    /**
     * Creates the stage. It closes {@code existing} and leaves the others open.
     *
     * @param opened {@link System#nanoTime} before the socket was opened, or at which an earlier process found no event in it:
     *     all events that it holds are younger
     * @param drops the events that the kernel has dropped and that are counted
     * @param unseen empty if ends are not received
     * @param lasting empty if progress is not logged
     */
    public FlowReader(
            ConntrackSocket events,
            long opened,
            FlowAttribution attribution,
            Configuration configuration,
            ExistingFlows existing,
            LoggedFlows logged,
            ObservationQueue queue,
            LossLedger losses,
            Failures failures,
            FlowCounts counts,
            DropCount drops,
            Optional<UnseenEnds> unseen,
            Optional<LastingFlows> lasting) {
        this.events = events;
        this.backlog = new KernelBacklog(configuration.receiveBuffer(), opened);
        this.awake = opened;
        this.attribution = attribution;
        this.configuration = configuration;
        this.existing = existing;
        this.logged = logged;
        this.queue = queue;
        this.losses = losses;
        this.failures = failures;
        this.counts = counts;
        this.eventLosses = new EventLosses(losses, drops);
        this.unseen = unseen;
        this.lasting = lasting;
        this.poll = new Poll(events.fd());
    }

    /** Returns the counts of flows, which any thread may read. */
    public FlowCounts counts() {
        return counts;
    }

    /** Applies a configuration to the flows that are read from now on. Thread-safe. */
    public void reconfigure(Configuration changed) {
        configuration = changed;
    }

    /** Waits until there is something to do and does it. Returns within half a second if there is nothing. */
    @Override
    public void work() throws LinuxException {
        attribution.survey();
        await();
        readEvents(); // Reads even if there is none, which shows a time at which the kernel held no event.
        readExisting();
        passOn();
        logUnseenEnds();
        logProgress();
        logRefused();
        attribution.packetSockets().forEach(queue::add);
        if (existing.isDone()) {
            attribution.endExisting();
        }
        countLosses();
        mark();
    }

    /** Marks the queue with the time until which flows are complete. The kernel held no flow that began before. */
    private void mark() {
        if (drained && attribution.size() == 0) {
            queue.mark(backlog.since());
        }
    }

    private void await() throws LinuxException {
        boolean gathers = drained && lastRead > 1 && attribution.size() == 0 && attribution.isComplete();
        if (gathers || events.isFull()) {
            LockSupport.parkNanos(GATHER_NANOS);
            return;
        }
        if (poll.await(patience()) && drained) {
            awake = System.nanoTime();
        }
    }

    private int patience() {
        if (attribution.size() > 0) {
            return RETRY_MILLIS;
        }
        if (!existing.isDone()) {
            return EXISTING_MILLIS;
        }
        boolean busy = unseen.isPresent() && unseen.get().isChecking()
                || lasting.isPresent() && lasting.get().isWaiting();
        return busy ? TABLE_MILLIS : IDLE_MILLIS;
    }

    /** Takes the events that the kernel holds, at most some batches. Reports whether there was any. */
    private boolean readEvents() throws LinuxException {
        lastRead = 0;
        drained = false;
        for (int i = 0; i < MOST_BATCHES && !drained; i++) {
            long now = System.nanoTime(); // before the call: later events are younger
            int read = events.fill(backlog.since(), awake);
            lastRead += read;
            attribution.update();
            for (FlowEvent event = events.next(); event != null; event = events.next()) {
                onEvent(event, events.position());
            }
            attribution.lookUpRecords();
            passOn();
            attribution.lookAhead();
            drained = events.isDrained();
            if (drained) {
                backlog.onEmpty(now);
                awake = now;
            } else {
                backlog.onRead(read, now);
                if (now - backlog.since() > LATE_NANOS) {
                    queue.reserveCpu();
                }
            }
        }
        return lastRead > 0;
    }

    private void onEvent(FlowEvent event, long position) {
        if (event.namespace() == null) {
            FlowEvent begun = existing.onEvent(event);
            if (begun != null) {
                take(begun, backlog.since(), awake, UnwrittenEvents.NONE);
            }
        }
        take(event, events.notBefore(), events.around(), position);
    }

    /**
     * Takes some of the flows that only the conntrack table shows. Few of those that existed at start wait before a new flow in the
     * queue. Flows whose events were lost wait only if the queue has little room, because they may leave the table.
     */
    private void readExisting() {
        if (existing.isSearching() ? queue.isFuller(3) : queue.size() > MOST_AHEAD) {
            return;
        }
        existing.readOn(failures);
        List<FlowEvent> flows = existing.take(backlog.since());
        if (!flows.isEmpty()) {
            attribution.update();
            flows.forEach(flow -> take(flow, backlog.since(), awake, UnwrittenEvents.NONE));
        }
    }

    /** Starts the attribution of an event if its protocol is logged. */
    private void take(FlowEvent event, long notBefore, long around, long position) {
        counts.onEvent(event);
        if (!configuration.logs(event.original().protocol()) || !logged.mayLog(event)) {
            counts.onExcluded();
            events.settle(position);
            return;
        }
        if (unseen.isPresent()) {
            unseen.get().onEvent(event);
        }
        if (lasting.isPresent()) {
            lasting.get().onEvent(event);
        }
        attribution.begin(event, notBefore, around, position);
    }

    /** Attributes, names and logs flows, up to the first whose owner may still become known. */
    private void passOn() {
        for (AttributedFlow flow = attribution.next(); flow != null; flow = attribution.next()) {
            counts.onAttributed(flow);
            log(flow, attribution.position());
        }
        logged.check(System.nanoTime() - backlog.since());
    }

    /** Logs a flow. If the flow took the place of an earlier flow in the table, logs the end of that flow first. */
    private void log(AttributedFlow flow, long position) {
        try {
            AttributedFlow end = unseen.isPresent() ? unseen.get().onAttributed(flow) : null;
            if (end != null) {
                logged.add(end);
            }
            logged.add(flow, position);
        } catch (RuntimeException e) {
            failures.add("queueing", e);
            losses.add(Loss.Place.QUEUE, 1);
            events.settle(position);
        }
    }

    /** Logs ends that no event reports, unless new or existing flows need the queue. */
    private void logUnseenEnds() {
        if (unseen.isPresent() && drained && existing.isDone() && !queue.isBusy()) {
            unseen.get().check(backlog.since(), failures).forEach(logged::add);
        }
    }

    /** Logs the progress of flows that last, unless other flows need the queue. */
    private void logProgress() {
        if (lasting.isPresent() && drained && existing.isDone() && !queue.isBusy()) {
            lasting.get().take().forEach(this::logWithOwner);
        }
    }

    /** Logs flows that were refused, all that are recorded. They are no events of conntrack, and wait for none. */
    private void logRefused() {
        List<AttributedFlow> refused = attribution.refused();
        for (int i = 0; i < MOST_REFUSED_BATCHES && !refused.isEmpty(); i++) {
            refused.forEach(this::logWithOwner);
            refused = attribution.refused();
        }
        refused.forEach(this::logWithOwner);
        losses.add(Loss.Place.KERNEL, attribution.refusedLost());
    }

    /** Logs a flow that is no event of conntrack and has its owner. */
    private void logWithOwner(AttributedFlow flow) {
        counts.onEvent(flow.event());
        if (configuration.logs(flow.event().original().protocol()) && logged.mayLog(flow.event())) {
            logged.add(flow);
        } else {
            counts.onExcluded();
        }
    }

    private void countLosses() throws LinuxException {
        long lost = eventLosses.count(events.dropped(), events.malformed());
        existing.onLosses(lost);
        if (unseen.isPresent()) {
            unseen.get().onLosses(lost);
        }
    }

    /** Passes on all events that the kernel holds, and all flows that are pending. */
    @Override
    public void finish() throws LinuxException {
        for (int i = 0; i < MOST_ROUNDS_AT_END && readEvents(); i++) {
            countLosses();
        }
        while (attribution.size() > 0) {
            poll.await(RETRY_MILLIS);
            passOn();
        }
        logRefused();
        mark();
        logged.finish();
        existing.close();
        poll.close();
    }
}
