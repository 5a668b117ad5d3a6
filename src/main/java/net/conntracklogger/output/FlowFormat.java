// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import net.conntracklogger.entry.JournalField;

/** A line with placeholders in braces: {@code {ts}}, {@code {ev.src}}, or the name of a journal field. */
public final class FlowFormat {
    /** The original tool's format. */
    public static final String DEFAULT = "{ts}: {ev.proto} {ev.src}/{ev.sport} > {ev.dst}/{ev.dport} :: {info.pid}"
            + " {info.uid}:{info.gid} {info.service} :: {info.cmdline}";

    /** The original tool's placeholders. Its {@code info.service} is the cgroup path. */
    private static final Map<String, JournalField> ORIGINAL_NAMES = Map.of(
            "ev.src", JournalField.FLOW_SRC,
            "ev.sport", JournalField.FLOW_SPORT,
            "ev.dst", JournalField.FLOW_DST,
            "ev.dport", JournalField.FLOW_DPORT,
            "info.pid", JournalField.PID,
            "info.uid", JournalField.PID_UID,
            "info.gid", JournalField.PID_GID,
            "info.service", JournalField.PID_CGROUP,
            "info.cmdline", JournalField.PID_CMDLINE);

    private final List<Function<FlowValues, String>> parts;

    private FlowFormat(List<Function<FlowValues, String>> parts) {
        this.parts = parts;
    }

    /**
     * Parses a format. A doubled brace stands for a brace.
     *
     * @throws IllegalArgumentException if a placeholder is unknown or not closed; the message names it
     */
    public static FlowFormat parse(String format) {
        List<Function<FlowValues, String>> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if ((c == '{' || c == '}') && i + 1 < format.length() && format.charAt(i + 1) == c) {
                literal.append(c);
                i++;
            } else if (c == '{') {
                int end = format.indexOf('}', i);
                if (end < 0) {
                    throw new IllegalArgumentException(
                            "'{' at position " + (i + 1) + " is not closed; add '}', or write '{{' for a brace");
                }
                String before = literal.toString();
                literal.setLength(0);
                parts.add(values -> before);
                parts.add(placeholder(format.substring(i + 1, end)));
                i = end;
            } else {
                literal.append(c);
            }
        }
        String rest = literal.toString();
        parts.add(values -> rest);
        return new FlowFormat(parts);
    }

    private static Function<FlowValues, String> placeholder(String name) {
        if (name.equals("ts")) {
            return FlowValues::timestamp;
        }
        if (name.equals("ev.proto")) {
            return FlowValues::protocol;
        }
        JournalField field = ORIGINAL_NAMES.containsKey(name) ? ORIGINAL_NAMES.get(name) : field(name);
        String unknown = name.equals("info.pid") ? "?" : "-";
        return values -> values.get(field, unknown);
    }

    private static JournalField field(String name) {
        try {
            return JournalField.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "unknown placeholder {" + name
                            + "}; use {ts}, {ev.proto}, {ev.src}, {ev.sport}, {ev.dst}, {ev.dport}, {info.pid}, {info.uid},"
                            + " {info.gid}, {info.service}, {info.cmdline}, or a journal field such as {FLOW_DIRECTION}",
                    e);
        }
    }

    String apply(FlowValues values) {
        StringBuilder line = new StringBuilder();
        for (Function<FlowValues, String> part : parts) {
            line.append(part.apply(values));
        }
        return line.toString();
    }
}
