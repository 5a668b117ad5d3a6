// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.*;

import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.TextForm;
import net.conntracklogger.history.query.FlowRow;

/** The parts of a flow as people read them. An unknown part is an empty text. */
public final class FlowText {
    private FlowText() {}

    /** Returns {@code tcp 192.0.2.1:40000 > 192.0.2.2:80}. */
    public static String tuple(FlowRow row) {
        return any(row, FLOW_PROTO) + source(row) + " > " + end(row, FLOW_DST, FLOW_DPORT) + icmp(row);
    }

    /** Returns the source after a space, or an empty text if it was never chosen. */
    private static String source(FlowRow row) {
        return row.isRefused() && row.get(FLOW_SRC) == null ? "" : " " + end(row, FLOW_SRC, FLOW_SPORT);
    }

    /** Returns what of the tuple is not of this host: {@code tcp > 192.0.2.2:80}, {@code tcp 192.0.2.1 > :22}. */
    public static String briefTuple(FlowRow row) {
        String protocol = any(row, FLOW_PROTO);
        return switch (value(row, FLOW_DIRECTION)) {
            case "outbound", "local" -> protocol + " > " + end(row, FLOW_DST, FLOW_DPORT) + icmp(row);
            case "inbound" ->
                protocol + " " + any(row, FLOW_SRC) + " > "
                        + (row.get(FLOW_DPORT) == null ? any(row, FLOW_DST) : ":" + row.get(FLOW_DPORT)) + icmp(row);
            default -> protocol + " " + any(row, FLOW_SRC) + " > " + end(row, FLOW_DST, FLOW_DPORT) + icmp(row);
        };
    }

    /** Returns {@code 12 flows: } if the row stands for several, or an empty text. */
    public static String count(FlowRow row) {
        return row.get(FLOW_COUNT) == null ? "" : row.flows() + (row.flows() == 1 ? " flow: " : " flows: ");
    }

    /** Returns a value, or {@code *} for what the flows of a summary do not share. */
    private static String any(FlowRow row, JournalField field) {
        return row.get(field) == null ? "*" : row.get(field);
    }

    private static String icmp(FlowRow row) {
        return row.get(FLOW_ICMP_TYPE) == null ? "" : " type " + row.get(FLOW_ICMP_TYPE);
    }

    /** Returns what NAT made of the flow: {@code from 198.51.100.1:1024}, {@code to 10.0.0.2:8080}, or both. */
    public static String translation(FlowRow row) {
        if (row.get(FLOW_REPLY_SRC) == null) {
            return "";
        }
        String source = end(row, FLOW_REPLY_DST, FLOW_REPLY_DPORT);
        String destination = end(row, FLOW_REPLY_SRC, FLOW_REPLY_SPORT);
        String text = source.equals(end(row, FLOW_SRC, FLOW_SPORT)) ? "" : "from " + source;
        if (!destination.equals(end(row, FLOW_DST, FLOW_DPORT))) {
            text += (text.isEmpty() ? "to " : " to ") + destination;
        }
        return text;
    }

    private static String end(FlowRow row, JournalField address, JournalField port) {
        String text = any(row, address);
        if (row.get(port) == null) {
            return text;
        }
        return (text.contains(":") ? "[" + text + "]" : text) + ":" + row.get(port);
    }

    /** Returns {@code curl(215)}, or {@code (REASON)} if there is no process. */
    public static String process(FlowRow row) {
        if (row.get(PID) == null) {
            return row.get(PID_REASON) == null ? "" : "(" + row.get(PID_REASON) + ")";
        }
        return name(value(row, PID_COMM)) + "(" + row.get(PID) + ")";
    }

    /** Returns the accepting process of a local flow. */
    public static String peer(FlowRow row) {
        return row.get(PEER_PID) == null ? "" : name(value(row, PEER_COMM)) + "(" + row.get(PEER_PID) + ")";
    }

    /** Escapes what could pass for another part of the line, as PID_ANCESTRY does. PID_COMM is escaped, but for that. */
    private static String name(String comm) {
        StringBuilder name = new StringBuilder();
        for (int at = 0; at < comm.length(); ) {
            int escape = comm.indexOf('\\', at);
            int end = escape < 0 ? comm.length() : escape;
            TextForm.NAME.append(name, comm.substring(at, end));
            if (comm.startsWith("\\\\", end)) {
                TextForm.NAME.append(name, "\\");
                at = end + 2;
            } else {
                name.append(comm, end, Math.min(end + 1, comm.length()));
                at = end + 1;
            }
        }
        return name.toString();
    }

    /** Returns the unit, else the cgroup. */
    public static String service(FlowRow row) {
        return row.get(PID_SERVICE) == null ? value(row, PID_CGROUP) : row.get(PID_SERVICE);
    }

    /** Returns the names of the parents, the nearest first, without process ids: {@code nightly < systemd}. */
    public static String startedBy(FlowRow row) {
        String ancestry = value(row, PID_ANCESTRY);
        int parent = ancestry.indexOf(" < ");
        // A name has no bracket of its own: there they are escaped.
        return parent < 0 ? "" : ancestry.substring(parent + " < ".length()).replaceAll("\\(\\d+\\)", "");
    }

    /** Returns the user's name, else {@code uid N}. */
    public static String user(FlowRow row) {
        if (row.get(PID_USER) != null) {
            return row.get(PID_USER);
        }
        return row.get(PID_UID) == null ? "" : "uid " + row.get(PID_UID);
    }

    /** Returns the value of a field, or an empty text. */
    public static String value(FlowRow row, JournalField field) {
        String value = row.get(field);
        return value == null ? "" : value;
    }
}
