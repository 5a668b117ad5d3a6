// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import net.conntracklogger.answer.Bytes;
import net.conntracklogger.answer.GapText;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.terminal.Cell;
import net.conntracklogger.terminal.Column;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.Style;
import net.conntracklogger.terminal.Table;
import net.conntracklogger.terminal.Wrap;

/** Writes a summary as tables with headings. */
public final class SummaryText {
    private static final int MOST_GAPS = 5;
    private static final String UNKNOWN = "(unknown)";
    private static final Set<String> OPTIONAL_KEYS = Set.of("NAME", "PORT");

    private final Moments moments;
    private final Screen screen;
    private final boolean legend;
    private final List<String> lines = new ArrayList<>();

    public SummaryText(Moments moments, Screen screen, boolean legend) {
        this.moments = moments;
        this.screen = screen;
        this.legend = legend;
    }

    /** Returns the lines. */
    public List<String> lines(Summary summary) {
        head(summary);
        ranking("Units", summary.services(), List.of(Column.required("UNIT", 20)));
        ranking(
                "Programs",
                summary.processes(),
                List.of(Column.required("PROGRAM", 20).shortenedInTheMiddle(), Column.required("UNIT", 16)));
        ranking(
                "Destinations",
                summary.destinations(),
                List.of(
                        Column.required("ADDRESS", 16).shortenedInTheMiddle(),
                        Column.fixed("PORT"),
                        Column.fixed("PROTO"),
                        Column.required("NAME", 12)));
        ranking(
                "Ports",
                summary.ports(),
                List.of(Column.fixed("PROTO"), Column.fixed("PORT"), Column.fixed("DIRECTION")));
        if (summary.names().groups() > 0) {
            ranking("Names", summary.names(), List.of(Column.required("NAME", 20)));
        }
        if (summary.reasons().groups() > 0) {
            ranking("Unattributed", summary.reasons(), List.of(Column.fixed("REASON")));
        }
        if (summary.refused().groups() > 0) {
            refused(summary.refused());
        }
        firstSeen(summary);
        return lines;
    }

    private void refused(Ranking attempts) {
        ranking(
                "Refused attempts, which are no flows",
                attempts,
                List.of(
                        Column.required("UNIT", 16),
                        Column.required("ADDRESS", 16).shortenedInTheMiddle(),
                        Column.fixed("PORT"),
                        Column.fixed("PROTO"),
                        Column.required("NAME", 12)),
                "ATTEMPTS");
    }

    private void head(Summary summary) {
        long since = Math.max(
                summary.span().since(),
                Math.min(summary.coverage().since(), summary.span().until()));
        lines.add(Style.STRONG.text(
                summary.flows() + (summary.flows() == 1 ? " flow" : " flows") + " between "
                        + moments.span(since, summary.span().until(), "and")
                        + (summary.unattributed() == 0
                                ? ""
                                : ", " + summary.unattributed() + " of them without a known owner"),
                screen.colour()));
        if (summary.unchecked() > 0) {
            doubtful("%d of them existed when the service started, and may be counted more than once"
                    .formatted(summary.unchecked()));
        }
        if (summary.unlisted() > 0) {
            doubtful(
                    "%d of them are in no list, because there are too many addresses, ports or programs; counts by these may be too low"
                            .formatted(summary.unlisted()));
        }
        List<Gap> gaps = summary.coverage().gaps();
        GapText text = new GapText(moments);
        gaps.stream()
                .limit(MOST_GAPS)
                .flatMap(gap -> Wrap.lines("Gap: " + text.clause(gap), screen.width(), /* indent= */ 5).stream())
                .forEach(line -> lines.add(Style.DOUBTFUL.text(line, screen.colour())));
        if (gaps.size() > MOST_GAPS) {
            lines.add(Style.DOUBTFUL.text("Gaps: " + (gaps.size() - MOST_GAPS) + " more", screen.colour()));
        }
    }

    private void doubtful(String text) {
        Wrap.lines(text, screen.width(), /* indent= */ 0)
                .forEach(line -> lines.add(Style.DOUBTFUL.text(line, screen.colour())));
    }

    private void firstSeen(Summary summary) {
        if (summary.firstSeenSince() == Long.MAX_VALUE) {
            return;
        }
        ranking(
                "Destinations seen for the first time since " + moments.zoned(summary.firstSeenSince()),
                summary.firstSeen(),
                List.of(
                        Column.required("ADDRESS", 16).shortenedInTheMiddle(),
                        Column.fixed("PORT"),
                        Column.fixed("PROTO"),
                        Column.required("NAME", 12),
                        Column.required("UNIT", 16)));
    }

    private void ranking(String title, Ranking ranking, List<Column> keys) {
        ranking(title, ranking, keys, "FLOWS");
    }

    private void ranking(String title, Ranking ranking, List<Column> keys, String counted) {
        lines.add("");
        int others = ranking.groups() - ranking.shares().size();
        lines.add(Style.STRONG.text(title, screen.colour()) + (ranking.groups() == 0 ? ": none" : ""));
        List<Column> columns = new ArrayList<>(keys);
        columns.add(Column.number(counted));
        columns.add(Column.optional("SENT", 8, 1).rightAligned());
        columns.add(Column.optional("RECEIVED", 8, 1).rightAligned());
        columns.add(Column.optional("FIRST", 15, 2));
        columns.add(Column.optional("LAST", 15, 3));
        Table table = new Table(columns);
        for (Share share : ranking.shares()) {
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < share.key().size(); i++) {
                String value = share.key().get(i);
                // Not every destination has a name, nor every protocol ports.
                boolean mayBeAbsent = OPTIONAL_KEYS.contains(columns.get(i).title());
                cells.add(Cell.of(Objects.requireNonNullElse(value, mayBeAbsent ? "" : UNKNOWN)));
            }
            cells.add(Cell.of(Long.toString(share.flows())));
            cells.add(Cell.of(share.sent() == 0 ? "" : Bytes.text(share.sent())));
            cells.add(Cell.of(share.received() == 0 ? "" : Bytes.text(share.received())));
            cells.add(Cell.of(moments.brief(share.first())));
            cells.add(Cell.of(moments.brief(share.last())));
            table.add(cells);
        }
        lines.addAll(table.lines(screen, legend));
        if (others > 0) {
            lines.add("... and " + others + " more with " + ranking.otherFlows() + " "
                    + counted.toLowerCase(Locale.ROOT) + " (--lines)");
        }
    }
}
