// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.FLOW_EVENT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.query.Totals;

/**
 * Flows by the values of some fields. A flow whose begin and end are logged counts once, by its begin. Its bytes are those of its
 * end or, without one, of its latest progress.
 */
final class Groups {
    private final List<JournalField> fields;
    /** Their keys are the values of all fields. */
    private final List<Share> all = new ArrayList<>();

    private Groups(List<JournalField> fields) {
        this.fields = fields;
    }

    /**
     * Returns the groups of a grouping.
     *
     * @param by fields of the grouping, the last of which is FLOW_EVENT
     * @param totals what was counted by these fields
     * @param endsOnly whether the log has only ends, so that each stands for a flow
     */
    static Groups of(List<JournalField> by, List<Totals> totals, boolean endsOnly) {
        Groups groups = new Groups(by);
        totals.forEach(one -> groups.add(one, endsOnly));
        return groups;
    }

    private void add(Totals totals, boolean endsOnly) {
        boolean begin = isBegin(totals.key().get(fields.size() - 1), endsOnly);
        all.add(new Share(
                totals.key(),
                begin ? totals.flows() : 0,
                totals.origBytes(),
                totals.replyBytes(),
                totals.first(),
                totals.last()));
    }

    /** Reports whether an event is the first that is logged of a flow. The others come later in the life of the same flow. */
    static boolean isBegin(String event, boolean endsOnly) {
        return !"progress".equals(event) && (endsOnly || !"end".equals(event));
    }

    /** Reports whether totals are of attempts that did not become flows. The last field of their grouping is FLOW_EVENT. */
    static boolean isRefused(Totals totals) {
        return isRefused(totals.key().get(totals.key().size() - 1));
    }

    private static boolean isRefused(String event) {
        return "refused".equals(event);
    }

    /**
     * Reports whether a log has only ends (Events=end). Flows that were open when the service stopped do not count.
     *
     * @param totals of a grouping whose last field is FLOW_EVENT
     */
    static boolean hasEndsOnly(List<Totals> totals) {
        long ends = 0;
        long others = 0;
        for (Totals one : totals) {
            String event = one.key().get(one.key().size() - 1);
            if ("end".equals(event)) {
                ends += one.flows();
            } else if (!FlowSummary.EVENT.equals(event) && !"progress".equals(event) && !isRefused(one)) {
                // A summary counts ends in such a log, and beginnings in others.
                others += one.flows();
            }
        }
        return ends > 2 * others;
    }

    /** Returns the groups in which a value meets a condition. The value is null if it is unknown. */
    Groups where(JournalField field, Predicate<String> condition) {
        int place = fields.indexOf(field);
        Groups some = new Groups(fields);
        all.stream().filter(it -> condition.test(it.key().get(place))).forEach(some.all::add);
        return some;
    }

    /** Returns the groups of flows. */
    Groups flowsOnly() {
        return where(FLOW_EVENT, event -> !isRefused(event));
    }

    /** Returns the groups of attempts that did not become flows. */
    Groups refusedOnly() {
        return where(FLOW_EVENT, Groups::isRefused);
    }

    /** Returns the values of a field. Null is among them if it is unknown in a group. */
    Set<String> values(JournalField field) {
        int place = fields.indexOf(field);
        return all.stream().map(it -> it.key().get(place)).collect(Collectors.toSet());
    }

    /** Returns the number of flows whose value of a field is not counted by itself. */
    long others(JournalField field) {
        return where(field, Totals.OTHERS::equals).flows();
    }

    /** Returns the number of flows. */
    long flows() {
        return all.stream().mapToLong(Share::flows).sum();
    }

    /** Returns a share for each group, with the values of some fields as its key. A field that groups do not have is unknown. */
    List<Share> shares(JournalField... by) {
        int[] places = Arrays.stream(by).mapToInt(fields::indexOf).toArray();
        List<Share> shares = new ArrayList<>(all.size());
        for (Share group : all) {
            String[] key = new String[by.length];
            for (int i = 0; i < places.length; i++) {
                key[i] = places[i] < 0 ? null : group.key().get(places[i]);
            }
            shares.add(group.withKey(Arrays.asList(key)));
        }
        return shares;
    }
}
