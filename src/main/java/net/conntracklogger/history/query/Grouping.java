// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.util.List;
import java.util.Set;
import net.conntracklogger.entry.JournalField;

/**
 * How rows are counted.
 *
 * @param by fields whose values make a group; may be empty
 * @param bucket length of the buckets of time that also make a group, in microseconds; 0: none
 * @param most maximum number of groups, those with a value of {@link #DEMANDING} and the largest. The others are one group for
 *     each combination of the values of the other fields
 * @param varied fields of which that group has {@link Totals#OTHERS}; none: there is no maximum
 */
public record Grouping(List<JournalField> by, long bucket, int most, Set<JournalField> varied) {
    /** Fields of flows that demand attention. */
    public static final Set<JournalField> DEMANDING = Set.of(JournalField.FLOW_WATCH, JournalField.FLOW_UNEXPECTED);

    public Grouping {
        by = List.copyOf(by);
        varied = Set.copyOf(varied);
    }

    /** Returns a grouping without a maximum. */
    public Grouping(List<JournalField> by, long bucket) {
        this(by, bucket, Integer.MAX_VALUE, Set.of());
    }

    /** Returns a grouping by fields only. */
    public static Grouping by(JournalField... fields) {
        return new Grouping(List.of(fields), 0);
    }

    /** Returns this grouping with a maximum. It has no buckets. */
    public Grouping limited(int groups, Set<JournalField> fields) {
        return new Grouping(by, bucket, groups, fields);
    }

    /** Returns the fields of {@link #varied} that make a group. */
    public List<JournalField> dropped() {
        return by.stream().filter(varied::contains).toList();
    }

    /** Returns the fields of {@link #DEMANDING} that make a group. */
    public List<JournalField> demanding() {
        return by.stream().filter(DEMANDING::contains).toList();
    }
}
