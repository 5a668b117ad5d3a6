// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.terminal.Cell;
import net.conntracklogger.terminal.Column;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.Style;
import net.conntracklogger.terminal.Table;

/** Flows as a table. On a narrow screen a flow has no address of this host and no source port. */
public final class FlowTable {
    /** Whole tuples are shown if they leave room for all columns but the command. */
    private static final int LAST_RANK_OF_WHOLE = 5;

    private static final List<Column> COLUMNS = List.of(
            Column.fixed("TIME"),
            Column.required("HOST", 8),
            Column.required("FLOW", 23).shortenedInTheMiddle(),
            Column.optional("TRANSLATED", 12, 1).shortenedInTheMiddle(),
            Column.required("PROCESS", 13).shortenedBeforeParentheses(),
            Column.required("SERVICE", 13),
            Column.optional("ACCEPTED BY", 11, 3),
            Column.optional("USER", 8, 2),
            Column.required("STARTED BY", 8),
            Column.optional("NAME", 12, 4),
            Column.optional("SENT", 8, 5).rightAligned(),
            Column.optional("RECEIVED", 8, 5).rightAligned(),
            Column.optional("COMMAND", 16, 6));

    private final Moments moments;

    public FlowTable(Moments moments) {
        this.moments = moments;
    }

    /** Returns the lines of a table for a screen. */
    public List<String> lines(List<FlowRow> rows, Screen screen, boolean legend) {
        Table whole = table(rows, /* whole= */ true);
        Table shown = whole.fits(screen, LAST_RANK_OF_WHOLE) ? whole : table(rows, /* whole= */ false);
        return shown.lines(screen, legend);
    }

    /** Returns a mark for a refused attempt; empty for a flow. */
    private static String state(FlowRow row) {
        return row.isRefused() ? ", refused" : "";
    }

    private Table table(List<FlowRow> rows, boolean whole) {
        Table table = new Table(COLUMNS);
        for (FlowRow row : rows) {
            table.add(List.of(
                    Cell.of(whole ? moments.full(row.begin()) : moments.brief(row.begin())),
                    Cell.of(row.host() == null ? "" : row.host().name()),
                    new Cell(
                            FlowText.count(row) + (whole ? FlowText.tuple(row) : FlowText.briefTuple(row)) + state(row),
                            Style.STRONG),
                    Cell.of(FlowText.translation(row)),
                    new Cell(FlowText.process(row), row.get(JournalField.PID) == null ? Style.FAINT : Style.STRONG),
                    Cell.of(FlowText.service(row)),
                    Cell.of(FlowText.peer(row)),
                    Cell.of(FlowText.user(row)),
                    Cell.of(FlowText.startedBy(row)),
                    Cell.of(FlowText.value(row, JournalField.FLOW_DNAME)),
                    Cell.of(Bytes.text(row.number(JournalField.FLOW_ORIG_BYTES, Bytes.UNKNOWN))),
                    Cell.of(Bytes.text(row.number(JournalField.FLOW_REPLY_BYTES, Bytes.UNKNOWN))),
                    new Cell(FlowText.value(row, JournalField.PID_CMDLINE), Style.FAINT)));
        }
        return table;
    }
}
