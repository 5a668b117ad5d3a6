// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts of the most frequent sources of one kind. The memory is bounded (Misra and Gries, 1982). A count is never too large.
 * It is too small by at most a 256th of all that was counted, however many sources an enemy invents. Not thread-safe.
 */
final class SourceCounts {
    private static final int MOST = 255;

    private static final class Count {
        private long value = 1;
    }

    private final Map<FloodSource, Count> counts = new HashMap<>();

    void add(FloodSource source) {
        Count count = counts.get(source);
        if (count != null) {
            count.value++;
        } else if (counts.size() < MOST) {
            counts.put(source, new Count());
        } else {
            counts.values().removeIf(each -> --each.value == 0);
        }
    }

    /** Returns the sources that were counted more often than the threshold, the most frequent first. */
    List<FloodSource> above(long threshold) {
        return counts.entrySet().stream()
                .filter(entry -> entry.getValue().value > threshold)
                .sorted((one, other) -> Long.compare(other.getValue().value, one.getValue().value))
                .map(Map.Entry::getKey)
                .toList();
    }

    void clear() {
        counts.clear();
    }
}
