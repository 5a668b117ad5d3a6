// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The largest shares of a grouping, and how many are left out.
 *
 * @param shares those with the most flows first
 * @param groups number of all groups
 * @param otherFlows number of flows of the groups that are left out
 */
public record Ranking(List<Share> shares, int groups, long otherFlows) {

    /** Returns the ranking of shares, of which those with the same key are added up. */
    static Ranking of(List<Share> parts, int most) {
        Map<List<String>, Share> sums = new HashMap<>();
        parts.forEach(part -> sums.merge(part.key(), part, Share::plus));
        List<Share> all = new ArrayList<>(sums.values());
        all.sort(Comparator.comparingLong(Share::flows)
                .reversed()
                .thenComparing(share -> share.key().toString()));
        List<Share> shown = all.subList(0, Math.min(most, all.size()));
        long others = all.subList(shown.size(), all.size()).stream()
                .mapToLong(Share::flows)
                .sum();
        return new Ranking(List.copyOf(shown), all.size(), others);
    }
}
