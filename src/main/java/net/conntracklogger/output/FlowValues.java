// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.util.EnumMap;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.linux.TimeFormat;

/** The values of one entry, as text that is safe to print. */
final class FlowValues {
    private final Map<JournalField, String> values = new EnumMap<>(JournalField.class);
    private final TimeFormat timeFormat;

    FlowValues(TimeFormat timeFormat) {
        this.timeFormat = timeFormat;
    }

    void clear() {
        values.clear();
    }

    /** Several values of a field come with spaces between them. */
    void put(JournalField field, String value) {
        values.merge(field, value, (before, next) -> before + " " + next);
    }

    boolean isFlow() {
        return values.containsKey(JournalField.FLOW_EVENT);
    }

    String get(JournalField field, String otherwise) {
        return values.getOrDefault(field, otherwise);
    }

    /** {@code ipv4/tcp} and the like. */
    String protocol() {
        return get(JournalField.FLOW_FAMILY, "-") + "/" + get(JournalField.FLOW_PROTO, "-");
    }

    /** When it began; {@code -} where that is not known. */
    String timestamp() {
        if (!values.containsKey(JournalField.FLOW_TIMESTAMP)) {
            return "-";
        }
        return timeFormat.format(Long.parseLong(values.get(JournalField.FLOW_TIMESTAMP)) / 1_000_000);
    }
}
