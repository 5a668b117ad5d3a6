// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.util.List;
import net.conntracklogger.entry.JournalField;

/**
 * How rows are counted.
 *
 * @param by fields whose values make a group; may be empty
 * @param bucket length of the buckets of time that also make a group, in microseconds; 0: none
 */
public record Grouping(List<JournalField> by, long bucket) {
    public Grouping {
        by = List.copyOf(by);
    }

    /** Returns a grouping by fields only. */
    public static Grouping by(JournalField... fields) {
        return new Grouping(List.of(fields), 0);
    }
}
