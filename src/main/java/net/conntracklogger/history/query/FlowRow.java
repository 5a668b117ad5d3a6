// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;

/**
 * One entry of the service: a flow event, a loss or a notice. Values are those of the journal, also if the row comes from the
 * archive. Flow events of the archive have no MESSAGE, MESSAGE_ID, PRIORITY and SYSLOG_IDENTIFIER. Not thread-safe.
 */
public final class FlowRow {
    private final long time;
    private final long monotonic;
    private final long boot;
    private final Host host;
    private final Map<JournalField, String> values = new EnumMap<>(JournalField.class);
    private Map<JournalField, List<String>> further = Map.of();

    /**
     * Makes a row without values.
     *
     * @param time when journald received the entry, microseconds since the epoch
     * @param monotonic the same by CLOCK_MONOTONIC; 0: unknown
     * @param boot the first eight bytes of the boot's id; 0: unknown
     */
    public FlowRow(long time, long monotonic, long boot) {
        this(time, monotonic, boot, null);
    }

    /**
     * Makes a row of one of many hosts, without values.
     *
     * @param time when journald received the entry, microseconds since the epoch
     * @param monotonic the same by CLOCK_MONOTONIC; 0: unknown
     * @param boot the first eight bytes of the boot's id; 0: unknown
     * @param host null: the log is that of one host
     */
    public FlowRow(long time, long monotonic, long boot, Host host) {
        this.time = time;
        this.monotonic = monotonic;
        this.boot = boot;
        this.host = host;
    }

    /** Returns this row as one of a host. */
    public FlowRow of(Host itsHost) {
        FlowRow row = new FlowRow(time, monotonic, boot, itsHost);
        row.values.putAll(values);
        row.further = further;
        return row;
    }

    /** Returns the host; null if the log is that of one host. */
    public Host host() {
        return host;
    }

    /** Returns when journald received the entry, in microseconds since the epoch. */
    public long time() {
        return time;
    }

    /** Returns the time by CLOCK_MONOTONIC, in microseconds. Flow events of the archive have 0, unknown. */
    public long monotonic() {
        return monotonic;
    }

    /** Returns the first eight bytes of the boot's id. Flow events of the archive have 0, unknown. */
    public long boot() {
        return boot;
    }

    /** Returns when the flow began: FLOW_TIMESTAMP, or {@link #time} if that is unknown or later. */
    public long begin() {
        return Math.min(number(JournalField.FLOW_TIMESTAMP, time), time);
    }

    /** Reports whether this is an attempt that did not become a flow. */
    public boolean isRefused() {
        return FlowEvent.Kind.REFUSED.text().equals(get(JournalField.FLOW_EVENT));
    }

    /** Adds a value. Only FLOW_DNAME has more than one. */
    public void add(JournalField field, String value) {
        if (values.putIfAbsent(field, value) != null) {
            if (further.isEmpty()) {
                further = new EnumMap<>(JournalField.class);
            }
            further.computeIfAbsent(field, key -> new ArrayList<>()).add(value);
        }
    }

    /** Returns the first value of a field, or null if it is absent. */
    public String get(JournalField field) {
        return values.get(field);
    }

    /** Returns all values of a field, in the order of the entry. */
    public List<String> all(JournalField field) {
        String first = values.get(field);
        if (first == null) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        all.add(first);
        all.addAll(further.getOrDefault(field, List.of()));
        return all;
    }

    /** Returns the value of a number, or {@code unknown} if there is none. The field may be absent or no number. */
    public long number(JournalField field, long unknown) {
        String value = values.get(field);
        if (value == null) {
            return unknown;
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            return unknown;
        }
    }

    /** Returns how many flows the row stands for: more than one in a summary. */
    public long flows() {
        return number(JournalField.FLOW_COUNT, 1);
    }

    /** Returns the first value of each field that is present. */
    public Map<JournalField, String> values() {
        return values;
    }
}
