// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.handover.UnreportedLosses;

/** The losses of each place since the last report. Thread-safe. */
public final class LossLedger {
    private final Map<Loss.Place, Long> unreported = new EnumMap<>(Loss.Place.class);
    /** Time of each place's last report, or before it, of the ledger's creation. Microseconds since the epoch. */
    private final Map<Loss.Place, Long> since = new EnumMap<>(Loss.Place.class);

    private final Map<Loss.Place, Long> totals = new EnumMap<>(Loss.Place.class);
    private long total;
    private final UnreportedLosses kept;
    /** The losses that were taken out, and whose entries may not be written yet. */
    private final Map<Loss.Place, Long> taken = new EnumMap<>(Loss.Place.class);

    /** Creates an empty ledger, which ends with this process. Its first report begins now. */
    public LossLedger() {
        this(UnreportedLosses.ofThisProcess());
    }

    /**
     * Creates a ledger.
     *
     * @param kept outlives the process; what the process before did not report is reported first
     */
    public LossLedger(UnreportedLosses kept) {
        this.kept = kept;
        long now = now();
        for (Loss.Place place : Loss.Place.values()) {
            since.put(place, now);
        }
        kept.left(now).forEach(this::add);
    }

    /** Adds a count to the losses of a place. Ignores a count that is not positive. */
    public synchronized void add(Loss.Place place, long count) {
        if (count > 0) {
            unreported.merge(place, count, Long::sum);
            keep(place);
            totals.merge(place, count, Long::sum);
            total += count;
        }
    }

    /** Adds a loss that was found out later. The next report covers its interval too. */
    public synchronized void add(Loss loss) {
        total += loss.count();
        totals.merge(loss.place(), loss.count(), Long::sum);
        merge(loss);
    }

    /** Returns the sum of all losses that were added to be reported, since the start. */
    public synchronized long total() {
        return total;
    }

    /** Adds the count of a loss that is reported otherwise to its place's sums. Ignores an unknown count. */
    public synchronized void addReported(Loss loss) {
        if (loss.count() > 0) {
            totals.merge(loss.place(), loss.count(), Long::sum);
        }
    }

    /** Returns the sum of the losses of each place since the start. */
    public synchronized Map<Loss.Place, Long> totals() {
        return Map.copyOf(totals);
    }

    /** Reports whether no loss waits for a report. */
    synchronized boolean isReported() {
        return unreported.isEmpty();
    }

    /** Takes out the losses to report, one for each place that had any. */
    synchronized List<Loss> take() {
        List<Loss> losses = new ArrayList<>();
        long now = now();
        for (Loss.Place place : Loss.Place.values()) {
            Long count = unreported.remove(place);
            if (count != null) {
                losses.add(new Loss(place, count, since.get(place), now));
                taken.put(place, count);
            }
            since.put(place, now);
        }
        return losses;
    }

    /** Puts back a loss that was taken out but could not be reported. The next report covers its interval too. */
    synchronized void putBack(Loss loss) {
        taken.remove(loss.place());
        merge(loss);
    }

    private void merge(Loss loss) {
        unreported.merge(loss.place(), loss.count(), Long::sum);
        since.merge(loss.place(), loss.since(), Math::min);
        keep(loss.place());
    }

    /** Declares that all losses that were taken out and not put back are reported. */
    synchronized void confirm() {
        taken.clear();
        for (Loss.Place place : Loss.Place.values()) {
            keep(place);
        }
    }

    private void keep(Loss.Place place) {
        long count = unreported.getOrDefault(place, 0L) + taken.getOrDefault(place, 0L);
        kept.set(place, count, since.get(place));
    }

    private static long now() {
        return EpochMicros.now();
    }
}
