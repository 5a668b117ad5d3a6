// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;

/**
 * Flows by the values of some fields. A flow whose begin and end are logged counts once, by its begin; its bytes are those of its
 * end.
 */
final class Groups {
    private final List<JournalField> fields;
    private final List<Group> all = new ArrayList<>();

    /** Flows with the same values. */
    record Group(List<JournalField> fields, List<String> values, Share share) {
        /** Returns the value of a field; null if it is unknown. */
        String get(JournalField field) {
            return values.get(fields.indexOf(field));
        }
    }

    private Groups(List<JournalField> fields) {
        this.fields = fields;
    }

    /**
     * Counts the flows that meet a query.
     *
     * @param endsOnly whether the log has only ends, so that each stands for a flow
     * @param repeats events that are not counted
     */
    static Groups of(FlowLog log, FlowQuery query, boolean endsOnly, Repeats repeats, JournalField... by)
            throws IOException {
        Groups groups = new Groups(List.of(by));
        List<JournalField> keys = new ArrayList<>(groups.fields);
        keys.add(JournalField.FLOW_EVENT);
        for (Totals totals : log.totals(query, new Grouping(keys, 0))) {
            groups.add(totals, endsOnly);
        }
        repeats.by(keys).forEach(totals -> groups.add(totals, endsOnly));
        return groups;
    }

    private void add(Totals totals, boolean endsOnly) {
        boolean begin = isBegin(totals.key().get(fields.size()), endsOnly);
        Share share = new Share(
                List.of(),
                begin ? totals.rows() : 0,
                totals.origBytes(),
                totals.replyBytes(),
                totals.first(),
                totals.last());
        all.add(new Group(fields, totals.key(), share));
    }

    /** Reports whether an event is the first that is logged of a flow. The others come later in the life of the same flow. */
    static boolean isBegin(String event, boolean endsOnly) {
        return !"progress".equals(event) && (endsOnly || !"end".equals(event));
    }

    /** Reports whether a log has only ends (Events=end), but for flows that were open when the service stopped. */
    static boolean hasEndsOnly(FlowLog log, FlowQuery query) throws IOException {
        long ends = 0;
        long others = 0;
        for (Totals totals : log.totals(query, Grouping.by(JournalField.FLOW_EVENT))) {
            if ("end".equals(totals.key().get(0))) {
                ends += totals.rows();
            } else {
                others += totals.rows();
            }
        }
        return ends > 2 * others;
    }

    /** Returns the groups that meet a condition. */
    Groups where(Predicate<Group> condition) {
        Groups some = new Groups(fields);
        all.stream().filter(condition).forEach(some.all::add);
        return some;
    }

    /** Returns the number of flows. */
    long flows() {
        return all.stream().mapToLong(group -> group.share().flows()).sum();
    }

    /** Returns a share for each group, with the values of some fields as its key. */
    List<Share> shares(JournalField... by) {
        List<Share> shares = new ArrayList<>();
        for (Group group : all) {
            List<String> key = new ArrayList<>();
            for (JournalField field : by) {
                key.add(field == null ? null : group.get(field));
            }
            Share share = group.share();
            shares.add(new Share(key, share.flows(), share.sent(), share.received(), share.first(), share.last()));
        }
        return shares;
    }
}
