// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.ConntrackTable;

/**
 * The flows that only the conntrack table shows. They began before the service, or the kernel dropped their NEW event.
 * Yields each flow once, and no flow whose NEW event is read. Not thread-safe.
 *
 * <p>The kernel records when a flow begins ({@code nf_conntrack_timestamp}), which splits the work. The first pass takes flows
 * that began before this object was created, and the few events of these flows are remembered. After a loss another pass
 * takes flows that began since the oldest of the events that are remembered, and are not among these. So does the rest of
 * the first pass, because a lost flow may leave the table before another pass. What neither knows is not logged: the loss is
 * counted already, and no flow is logged twice.
 */
public final class ExistingFlows implements Closeable {
    /** Minimum pause between two passes, in nanoseconds. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /**
     * Minimum pause, as a multiple of the reading time of the previous pass. To read 2 million flows takes
     * several seconds.
     */
    private static final int PAUSE_BY_READING = 3;
    /** Number of new flows that are remembered in case later events are lost: 1 MiB. */
    private static final int REMEMBERED = 1 << 16;
    /** The same from a loss to the end of the pass that follows: 12 MiB. */
    private static final int REMEMBERED_AFTER_LOSS = 1 << 19;
    /** Number of events that are remembered for the first pass: 6 MiB. */
    private static final int MOST_EARLY = 1 << 18;

    private static final long EVENT_DELAY_MICROS = TimeUnit.NANOSECONDS.toMicros(TablePass.EVENT_DELAY_NANOS);

    /** Opens the conntrack table. */
    @FunctionalInterface
    public interface Source {
        /** Opens the table; {@code wanted} is as in {@link ConntrackTable#open}. */
        ConntrackTable open(LongPredicate wanted) throws LinuxException;
    }

    /** What an earlier process logged of the flows that existed when its socket was opened. */
    public enum Former {
        /** Nothing: there was none, or its socket is gone. */
        NOTHING,
        /** All. They are read again, because the owners of open flows are unknown, but their beginnings are not logged again. */
        LOGGED_BUT_OPEN,
        /** All, or some before it was killed. They are not read again. */
        LOGGED
    }

    private final Optional<Source> source;
    private final LossLedger losses;
    private final Former former;
    private final Runnable logged;
    /** Time since which the kernel records when a flow begins. Microseconds since the epoch. */
    private final long timed;
    /** {@link System#nanoTime} when this object was created. */
    private final long created = System.nanoTime();

    private final RecentFlows recent;
    /** The events of flows that may have no time. */
    private RecentFlows early = new RecentFlows(MOST_EARLY, Long.MIN_VALUE);
    /** Whether all events were read that the kernel sent soon after this object was created. */
    private boolean earlyRead;

    private boolean firstDone;
    private TablePass pass;
    private boolean lost;
    /** Nanoseconds in which this pass read the table. */
    private long reading;

    private long due = System.nanoTime();

    /**
     * Creates the object. Reads nothing yet.
     *
     * @param source empty to find no flow
     * @param timed whether the kernel records when a flow begins. If not, lost flows are not found
     * @param losses counts the flows in the table that cannot be decoded, or may be logged already
     * @param former what need not be logged
     * @param logged called when all existing flows are taken
     */
    public ExistingFlows(Optional<Source> source, boolean timed, LossLedger losses, Former former, Runnable logged) {
        this.source = source;
        this.losses = losses;
        this.former = former;
        this.logged = logged;
        this.timed = timed ? EpochMicros.now() : Long.MAX_VALUE;
        recent = new RecentFlows(REMEMBERED, this.timed);
        firstDone = source.isEmpty() || former == Former.LOGGED;
    }

    /**
     * Returns the time such that all existing flows that began before are logged already. Microseconds since the epoch.
     */
    public long loggedBefore() {
        return former == Former.NOTHING ? Long.MIN_VALUE : timed;
    }

    static long key(FlowEvent flow) {
        return RecentFlows.key(flow.id(), flow.original().hashCode());
    }

    /** Reports whether flows are searched whose events were lost. */
    boolean isSearching() {
        return lost || firstDone;
    }

    /** Reports whether no pass is under way. */
    boolean isDone() {
        return firstDone && pass == null;
    }

    /**
     * Accounts for an event of the host namespace that was read.
     *
     * @return the flow as it was in the table, to be logged before the event, if the event is its end; else null
     */
    FlowEvent onEvent(FlowEvent event) {
        if (source.isEmpty()) {
            return null;
        }
        long key = key(event);
        if (event.kind() == FlowEvent.Kind.NEW) {
            long time = event.timestamp() == 0 ? EpochMicros.now() : event.timestamp();
            recent.add(key, time);
            if (!firstDone && (!earlyRead || event.timestamp() - EVENT_DELAY_MICROS < timed)) {
                early.add(key, time);
            }
        }
        return pass == null ? null : pass.onEvent(key, event);
    }

    /** Accounts for the events that were lost since the last call. A pass follows that finds their flows. */
    void onLosses(long count) {
        if (count > 0 && source.isPresent() && timed != Long.MAX_VALUE) {
            lost = true;
            recent.setCapacity(REMEMBERED_AFTER_LOSS);
        }
    }

    /**
     * Begins a pass if one is due, and reads the next parts of the table. If that fails, counts the failure, and the pass reads
     * no more.
     */
    void readOn(Failures failures) {
        try {
            readParts();
        } catch (LinuxException | RuntimeException e) {
            failures.add("existing flows", e);
            if (pass == null) {
                end();
            } else {
                pass.abandon();
            }
        }
    }

    private void readParts() throws LinuxException {
        if (pass == null && (!firstDone || lost && System.nanoTime() - due >= 0)) {
            begin();
        }
        if (pass != null) {
            long began = System.nanoTime();
            pass.readOn();
            reading += System.nanoTime() - began;
        }
    }

    /**
     * Takes some of the flows that are certainly not logged yet.
     *
     * @param lastEmpty all events were read that the kernel had sent before this {@link System#nanoTime}
     */
    List<FlowEvent> take(long lastEmpty) {
        earlyRead |= lastEmpty - created >= TablePass.EVENT_DELAY_NANOS;
        if (pass == null) {
            return List.of();
        }
        losses.add(Loss.Place.DECODE, pass.malformed());
        List<FlowEvent> flows = pass.take(lastEmpty);
        for (FlowEvent flow : flows) {
            if (flow.timestamp() >= timed) {
                recent.add(key(flow), flow.timestamp());
            }
        }
        if (pass.isDone()) {
            end();
        }
        return flows;
    }

    private void begin() throws LinuxException {
        reading = 0;
        if (firstDone) {
            lost = false;
            pass = new TablePass(source.orElseThrow().open(time -> time >= recent.completeSince()), this::isLost);
        } else {
            pass = new TablePass(
                    source.orElseThrow().open(time -> time < timed || lost && time >= recent.completeSince()),
                    flow -> flow.timestamp() < timed ? hasExisted(flow) : isLost(flow));
        }
    }

    private boolean isLost(FlowEvent flow) {
        // If the table is large, flows may have been evicted since the pass began.
        return flow.timestamp() >= recent.completeSince() && !recent.contains(key(flow), flow.timestamp());
    }

    private boolean hasExisted(FlowEvent flow) {
        long key = key(flow);
        if (early.contains(key, flow.timestamp()) || recent.contains(key, flow.timestamp())) {
            return false;
        }
        boolean certain = early.completeSince() == Long.MIN_VALUE;
        losses.add(Loss.Place.KERNEL, certain ? 0 : 1);
        return certain;
    }

    private void end() {
        close();
        if (!firstDone) {
            logged.run();
        }
        firstDone = true;
        early = null;
        due = System.nanoTime() + Math.max(PAUSE_NANOS, PAUSE_BY_READING * reading);
        recent.setCapacity(lost ? REMEMBERED_AFTER_LOSS : REMEMBERED);
        recent.dropIndex();
    }

    /** Ends the pass. */
    @Override
    public void close() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
    }
}
