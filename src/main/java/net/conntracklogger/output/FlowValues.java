// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.util.EnumMap;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.TimeFormat;

/** The values of one entry, as text that is safe on a terminal. Not thread-safe. */
final class FlowValues {
    private final Map<JournalField, String> values = new EnumMap<>(JournalField.class);
    private final TimeFormat timeFormat;

    FlowValues(TimeFormat timeFormat) {
        this.timeFormat = timeFormat;
    }

    void clear() {
        values.clear();
    }

    /** Adds a value. Several values of one field are separated by spaces. */
    void put(JournalField field, String value) {
        values.merge(field, value, (before, next) -> before + " " + next);
    }

    boolean isFlow() {
        return values.containsKey(JournalField.FLOW_EVENT);
    }

    boolean isRefused() {
        return FlowEvent.Kind.REFUSED.text().equals(values.get(JournalField.FLOW_EVENT));
    }

    String get(JournalField field, String otherwise) {
        return values.getOrDefault(field, otherwise);
    }

    /** Returns family and protocol, such as {@code ipv4/tcp}. */
    String protocol() {
        return get(JournalField.FLOW_FAMILY, "-") + "/" + get(JournalField.FLOW_PROTO, "-");
    }

    /** Returns the formatted time at which the flow began; {@code -} if unknown. */
    String timestamp() {
        if (!values.containsKey(JournalField.FLOW_TIMESTAMP)) {
            return "-";
        }
        return timeFormat.format(Long.parseLong(values.get(JournalField.FLOW_TIMESTAMP)) / 1_000_000);
    }
}
