// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Loss;

/** The losses that no entry reports yet, by place. Not thread-safe. */
public final class UnreportedLosses {
    /** Of a place: its count, and since when. */
    private static final int PLACE_LENGTH = 2 * Long.BYTES;

    private static final List<Loss.Place> PLACES = List.of(Loss.Place.values());

    static final int LENGTH = PLACES.size() * PLACE_LENGTH;

    private final ByteBuffer bytes;

    UnreportedLosses(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Returns losses that end with this process. */
    public static UnreportedLosses ofThisProcess() {
        return new UnreportedLosses(ByteBuffer.allocateDirect(LENGTH));
    }

    /** Replaces the count of a place and the time since when it holds. Microseconds since the epoch. */
    public void set(Loss.Place place, long count, long since) {
        new SharedLong(bytes, at(place) + Long.BYTES).set(since);
        new SharedLong(bytes, at(place)).set(count);
    }

    /** Returns the losses that the process before did not report, until now. */
    public List<Loss> left(long now) {
        List<Loss> left = new ArrayList<>();
        for (Loss.Place place : PLACES) {
            long count = new SharedLong(bytes, at(place)).get();
            if (count > 0) {
                left.add(new Loss(place, count, new SharedLong(bytes, at(place) + Long.BYTES).get(), now));
            }
        }
        return left;
    }

    private static int at(Loss.Place place) {
        return PLACES.indexOf(place) * PLACE_LENGTH;
    }
}
