// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;

/** Totals by group, from rows and from other totals. Not thread-safe. */
public final class TotalsTable {
    private record Group(List<String> key, long bucket) {}

    private final Grouping grouping;
    private final Map<Group, Totals> groups = new HashMap<>();

    public TotalsTable(Grouping grouping) {
        this.grouping = grouping;
    }

    /** Returns the totals of two parts of a log. Neither part has a group twice. */
    public static List<Totals> sum(Grouping grouping, List<Totals> one, List<Totals> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        TotalsTable table = new TotalsTable(grouping);
        one.forEach(table::add);
        other.forEach(table::add);
        return table.all();
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
        groups.merge(new Group(totals.key(), totals.bucket()), totals, TotalsTable::sum);
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
        return List.copyOf(groups.values());
    }
}
