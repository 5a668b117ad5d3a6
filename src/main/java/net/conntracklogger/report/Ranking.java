// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import net.conntracklogger.history.query.Totals;

/**
 * The largest shares of a grouping, and how many are left out.
 *
 * @param shares those with the most flows first
 * @param groups number of all groups that have totals of their own
 * @param otherFlows number of flows that are in no share
 */
public record Ranking(List<Share> shares, int groups, long otherFlows) {

    private static final Comparator<String> NULL_FIRST = Comparator.nullsFirst(Comparator.naturalOrder());

    private static final Comparator<List<String>> BY_VALUES = (one, other) -> {
        for (int i = 0; i < one.size(); i++) {
            int order = NULL_FIRST.compare(one.get(i), other.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    };

    /** The largest first. Of equal shares the order of their keys decides, so that the same flows make the same ranking. */
    private static final Comparator<Share> LARGEST_FIRST = (one, other) -> one.flows() == other.flows()
            ? BY_VALUES.compare(one.key(), other.key())
            : Long.compare(other.flows(), one.flows());

    /** Returns the ranking of shares, of which those with the same key are added up. */
    static Ranking of(List<Share> parts, int most) {
        return ofSums(sums(parts), most);
    }

    /** Returns the ranking of shares, each with a key of its own. */
    static Ranking ofSums(Collection<Share> sums, int most) {
        // Sorting all would take longer than counting them.
        PriorityQueue<Share> largest = new PriorityQueue<>(LARGEST_FIRST.reversed());
        long flows = 0;
        int groups = 0;
        for (Share share : sums) {
            flows += share.flows();
            if (share.key().contains(Totals.OTHERS)) {
                continue;
            }
            groups++;
            if (largest.size() < most) {
                largest.add(share);
            } else if (most > 0 && LARGEST_FIRST.compare(share, largest.peek()) < 0) {
                largest.remove();
                largest.add(share);
            }
        }
        List<Share> shown = largest.stream().sorted(LARGEST_FIRST).toList();
        long shownFlows = shown.stream().mapToLong(Share::flows).sum();
        return new Ranking(shown, groups, flows - shownFlows);
    }

    /** Returns one share for each key. */
    static Collection<Share> sums(List<Share> parts) {
        Map<List<String>, Share> sums = new HashMap<>(2 * parts.size());
        parts.forEach(part -> sums.merge(part.key(), part, Share::plus));
        return sums.values();
    }
}
