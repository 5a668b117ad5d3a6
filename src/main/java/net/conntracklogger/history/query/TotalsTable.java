// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;

/**
 * Totals by group, from rows and from other totals. Of more groups than the grouping allows, the first that came have totals of
 * their own. Twice as many may be those that demand attention. Not thread-safe.
 */
public final class TotalsTable {
    private record Group(List<String> key, long bucket) {}

    private final Grouping grouping;
    private final int[] dropped;
    private final int[] demanding;
    private final Map<Group, Totals> groups = new HashMap<>();
    private final Map<Group, Totals> others = new HashMap<>();

    public TotalsTable(Grouping grouping) {
        this.grouping = grouping;
        dropped = places(grouping, grouping.dropped());
        demanding = places(grouping, grouping.demanding());
    }

    private static int[] places(Grouping grouping, List<JournalField> fields) {
        return fields.stream().mapToInt(grouping.by()::indexOf).toArray();
    }

    /** Returns the totals of two parts of a log. Neither part has a group twice. */
    public static List<Totals> sum(Grouping grouping, List<Totals> one, List<Totals> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        TotalsTable all = new TotalsTable(new Grouping(grouping.by(), grouping.bucket()));
        one.forEach(all::add);
        other.forEach(all::add);
        return all.largest(grouping);
    }

    /** Returns as many groups as a grouping allows. */
    private List<Totals> largest(Grouping limits) {
        List<Totals> all = all();
        TotalsTable limited = new TotalsTable(limits);
        if (limited.dropped.length == 0 || all.size() <= limits.most()) {
            return all;
        }
        all.stream()
                .sorted(Comparator.comparing(limited::isDemanding)
                        .thenComparingLong(Totals::flows)
                        .reversed())
                .forEach(limited::add);
        return limited.all();
    }

    /** Counts a row. */
    public void add(FlowRow row) {
        List<String> key = new ArrayList<>(grouping.by().size());
        for (JournalField field : grouping.by()) {
            key.add(row.get(field));
        }
        long begin = row.begin();
        long bucket = grouping.bucket() == 0 ? 0 : begin - Math.floorMod(begin, grouping.bucket());
        long orig = row.number(FLOW_ORIG_BYTES, 0);
        add(new Totals(key, bucket, row.flows(), orig, row.number(FLOW_REPLY_BYTES, 0), begin, begin));
    }

    /** Adds the totals of a group. */
    public void add(Totals totals) {
        Group group = new Group(totals.key(), totals.bucket());
        if (groups.computeIfPresent(group, (key, known) -> sum(known, totals)) != null) {
            return;
        }
        if (dropped.length == 0 || groups.size() < most(totals) && !isOfOthers(totals)) {
            groups.put(group, totals);
        } else {
            String[] key = totals.key().toArray(String[]::new);
            for (int place : dropped) {
                key[place] = Totals.OTHERS;
            }
            others.merge(new Group(Arrays.asList(key), totals.bucket()), totals, TotalsTable::sum);
        }
    }

    private long most(Totals totals) {
        return isDemanding(totals) ? 2L * grouping.most() : grouping.most();
    }

    private boolean isDemanding(Totals totals) {
        return Arrays.stream(demanding).anyMatch(place -> totals.key().get(place) != null);
    }

    private boolean isOfOthers(Totals totals) {
        return Totals.OTHERS.equals(totals.key().get(dropped[0]));
    }

    private static Totals sum(Totals one, Totals other) {
        return new Totals(
                one.key(),
                one.bucket(),
                one.flows() + other.flows(),
                one.origBytes() + other.origBytes(),
                one.replyBytes() + other.replyBytes(),
                Math.min(one.first(), other.first()),
                Math.max(one.last(), other.last()));
    }

    /** Returns all groups, in no particular order. */
    public List<Totals> all() {
        List<Totals> all = new ArrayList<>(groups.values());
        others.forEach((group, totals) -> all.add(totals.withKey(group.key())));
        return all;
    }
}
