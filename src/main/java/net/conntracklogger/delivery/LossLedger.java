// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;

/** The losses of each place since the last report. Thread-safe. */
public final class LossLedger {
    private final Map<Loss.Place, Long> unreported = new EnumMap<>(Loss.Place.class);
    /**
     * Time of the last report of each place or, before it, of the creation of the ledger; microseconds since the epoch.
     */
    private final Map<Loss.Place, Long> since = new EnumMap<>(Loss.Place.class);

    private final Map<Loss.Place, Long> totals = new EnumMap<>(Loss.Place.class);
    private long total;

    /** Creates an empty ledger. Its first report begins now. */
    public LossLedger() {
        long now = now();
        for (Loss.Place place : Loss.Place.values()) {
            since.put(place, now);
        }
    }

    /** Adds a count to the losses of a place. Ignores a count that is not positive. */
    public synchronized void add(Loss.Place place, long count) {
        if (count > 0) {
            unreported.merge(place, count, Long::sum);
            totals.merge(place, count, Long::sum);
            total += count;
        }
    }

    /** Adds a loss that was found out later. The next report covers its interval too. */
    public synchronized void add(Loss loss) {
        total += loss.count();
        totals.merge(loss.place(), loss.count(), Long::sum);
        putBack(loss);
    }

    /** Returns the sum of all losses that were added to be reported, since the start. */
    public synchronized long total() {
        return total;
    }

    /** Adds the count of a loss that is reported otherwise to the sums of its place. Ignores an unknown count. */
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
            }
            since.put(place, now);
        }
        return losses;
    }

    /** Puts back a loss that was taken out but could not be reported. The next report covers its interval too. */
    synchronized void putBack(Loss loss) {
        unreported.merge(loss.place(), loss.count(), Long::sum);
        since.merge(loss.place(), loss.since(), Math::min);
    }

    private static long now() {
        return EpochMicros.now();
    }
}
