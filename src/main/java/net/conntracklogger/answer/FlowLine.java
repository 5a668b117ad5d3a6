// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.*;

import java.time.Instant;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.query.FlowRow;

/** The MESSAGE of a flow. The archive keeps none, so it is made of the fields, as the grammar of MESSAGE has it. */
public final class FlowLine {
    private FlowLine() {}

    /** Returns the line of a row. */
    public static String of(FlowRow row) {
        return row.get(MESSAGE) == null ? make(row) : row.get(MESSAGE);
    }

    private static String make(FlowRow row) {
        StringBuilder line = new StringBuilder(FlowText.tuple(row));
        if (row.get(FLOW_DNAME) != null) {
            line.append(" (").append(row.get(FLOW_DNAME)).append(')');
        }
        appendDirection(line, FlowText.value(row, FLOW_DIRECTION));
        if (row.get(FLOW_NETNS) != null) {
            line.append(", netns ").append(row.get(FLOW_NETNS));
        }
        appendState(line, row);
        appendOwner(line.append(','), row);
        if (row.get(PEER_PID) != null) {
            line.append(" to pid ").append(row.get(PEER_PID)).append(" (");
            line.append(FlowText.value(row, PEER_COMM)).append(')');
            appendUnit(line, row.get(PEER_SERVICE));
        }
        if (row.get(FLOW_WATCH) != null) {
            line.append(", watch ").append(row.get(FLOW_WATCH));
        }
        if (row.get(FLOW_UNEXPECTED) != null) {
            line.append(", unexpected");
        }
        if (row.get(PID_CMDLINE) != null) {
            line.append(": ").append(row.get(PID_CMDLINE));
        }
        return line.toString();
    }

    private static void appendDirection(StringBuilder line, String direction) {
        switch (direction) {
            case "outbound" -> line.append(" out");
            case "inbound" -> line.append(" in");
            case "" -> {}
            default -> line.append(' ').append(direction);
        }
    }

    private static void appendState(StringBuilder line, FlowRow row) {
        if (row.get(FLOW_MIDSTREAM) != null) {
            line.append(", midstream");
        }
        switch (FlowText.value(row, FLOW_EVENT)) {
            case "end" -> {
                line.append(", ended");
                long duration = row.number(FLOW_DURATION_USEC, Bytes.UNKNOWN);
                if (duration >= 0) {
                    line.append(" after ").append(duration / 1_000_000).append('.');
                    line.append(Long.toString(duration / 1000 % 1000 + 1000), 1, 4)
                            .append(" s");
                }
            }
            case "new", "" -> {}
            case FlowSummary.EVENT -> {
                line.append(", ").append(row.flows()).append(row.flows() == 1 ? " flow" : " flows");
                if (row.get(FLOW_FIRST) != null) {
                    Instant first = Instant.ofEpochSecond(row.number(FLOW_FIRST, 0) / 1_000_000);
                    line.append(" since ").append(first);
                }
            }
            default -> {
                line.append(", ").append(row.get(FLOW_EVENT));
                if (row.get(FLOW_REASON) != null) {
                    line.append(" (").append(row.get(FLOW_REASON)).append(')');
                }
            }
        }
        if (row.get(FLOW_ORIG_BYTES) != null && row.get(FLOW_REPLY_BYTES) != null) {
            line.append(", orig ").append(row.get(FLOW_ORIG_BYTES)).append(" B, reply ");
            line.append(row.get(FLOW_REPLY_BYTES)).append(" B");
        }
    }

    private static void appendOwner(StringBuilder line, FlowRow row) {
        if (row.get(PID) == null) {
            line.append(" no process (").append(FlowText.value(row, PID_REASON)).append(')');
        } else {
            line.append(" pid ").append(row.get(PID)).append(" (");
            line.append(FlowText.value(row, PID_COMM)).append(')');
        }
        appendUnit(line, FlowText.service(row));
    }

    private static void appendUnit(StringBuilder line, String unit) {
        if (unit != null && !unit.isEmpty()) {
            line.append(" of ").append(unit);
        }
    }
}
