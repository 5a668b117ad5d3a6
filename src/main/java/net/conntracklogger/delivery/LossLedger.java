// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.Loss;

/**
 * Counts what is lost, wherever that happens, until it is reported. Any thread may use it.
 */
public final class LossLedger {
    private final Map<Loss.Place, Long> unreported = new EnumMap<>(Loss.Place.class);
    private final Map<Loss.Place, Long> since = new EnumMap<>(Loss.Place.class);
    private long total;

    public LossLedger() {
        long now = now();
        for (Loss.Place place : Loss.Place.values()) {
            since.put(place, now);
        }
    }

    public synchronized void add(Loss.Place place, long count) {
        if (count > 0) {
            unreported.merge(place, count, Long::sum);
            total += count;
        }
    }

    /** All that was lost since the start. */
    public synchronized long total() {
        return total;
    }

    /** Takes out what is to be reported. What then cannot be written goes back with {@link #putBack}. */
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

    synchronized void putBack(Loss loss) {
        unreported.merge(loss.place(), loss.count(), Long::sum);
        since.put(loss.place(), loss.since());
    }

    private static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }
}
