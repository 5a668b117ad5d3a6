// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of cells in aligned columns. A table that is too wide loses its optional columns first; then its widest columns are
 * shortened. A column without any text is left out. Not thread-safe.
 */
public final class Table {
    private static final String GAP = "  ";
    /** Share of a column's texts that stay whole when its long texts are shortened. */
    private static final double USUAL_SHARE = 0.75;

    private final List<Column> columns;
    private final List<List<Cell>> rows = new ArrayList<>();

    public Table(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /** Adds a row with a cell for each column. */
    public void add(List<Cell> row) {
        if (row.size() != columns.size()) {
            throw new IllegalArgumentException(row.size() + " cells for " + columns.size() + " columns");
        }
        rows.add(List.copyOf(row));
    }

    /** Returns the number of rows. */
    public int size() {
        return rows.size();
    }

    /** Reports whether all columns up to a rank fit a screen without being shortened. */
    public boolean fits(Screen screen, int rank) {
        int[] widths = naturalWidths(/* legend= */ true);
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).rank() <= rank ? widths[i] : 0;
        }
        return total(widths) <= screen.width();
    }

    /** Returns the lines for a screen, with a header if {@code legend}. */
    public List<String> lines(Screen screen, boolean legend) {
        int[] widths = widths(screen.width(), legend);
        List<String> lines = new ArrayList<>();
        if (legend && !rows.isEmpty()) {
            lines.add(line(
                    columns.stream()
                            .map(it -> new Cell(it.title(), Style.HEADER))
                            .toList(),
                    widths,
                    screen));
        }
        rows.forEach(row -> lines.add(line(row, widths, screen)));
        return lines;
    }

    /** Returns the width of each column; 0 for one that is left out. */
    private int[] widths(int screen, boolean legend) {
        int[] widths = naturalWidths(legend);
        int[] usual = usualWidths(widths, legend);
        leaveOut(widths, usual, screen);
        shrink(widths, usual, screen);
        shrinkOptional(widths, screen);
        shrink(widths, columns.stream().mapToInt(Column::least).toArray(), screen);
        return widths;
    }

    private int[] naturalWidths(boolean legend) {
        return IntStream.range(0, columns.size())
                .map(column -> width(column, 1, legend))
                .toArray();
    }

    /** Returns the width in which a share of a column's texts is whole. Returns 0 if there is no text. */
    private int width(int column, double share, boolean legend) {
        int[] sorted = rows.stream()
                .mapToInt(row -> TextWidth.of(row.get(column).text()))
                .sorted()
                .toArray();
        if (sorted.length == 0 || sorted[sorted.length - 1] == 0) {
            return 0;
        }
        int width = sorted[(int) Math.ceil(sorted.length * share) - 1];
        return legend ? Math.max(width, TextWidth.of(columns.get(column).title())) : width;
    }

    /**
     * Returns widths in which most texts are whole. A few long texts, which any process can make, do not hide other
     * columns.
     */
    private int[] usualWidths(int[] natural, boolean legend) {
        return IntStream.range(0, natural.length)
                .map(i -> columns.get(i).least() == Integer.MAX_VALUE
                        ? natural[i]
                        : Math.min(
                                natural[i],
                                Math.max(
                                        width(i, USUAL_SHARE, legend),
                                        columns.get(i).least())))
                .toArray();
    }

    /**
     * Leaves out columns until the others have their usual widths. The column with the highest rank goes first. It
     * stays if the least that it needs fits beside the usual widths of the others.
     */
    private void leaveOut(int[] widths, int[] usual, int screen) {
        while (true) {
            int last = IntStream.range(0, widths.length)
                    .filter(i -> usual[i] > 0)
                    .reduce((a, b) -> columns.get(b).rank() >= columns.get(a).rank() ? b : a)
                    .orElse(-1);
            if (last < 0 || columns.get(last).rank() == Column.REQUIRED) {
                return;
            }
            int spared = Math.max(usual[last] - columns.get(last).least(), 0);
            if (total(usual) - spared <= screen) {
                return;
            }
            usual[last] = 0;
            widths[last] = 0;
        }
    }

    private static void shrink(int[] widths, int[] least, int screen) {
        while (total(widths) > screen) {
            int widest = IntStream.range(0, widths.length)
                    .filter(i -> widths[i] > least[i])
                    .reduce((a, b) -> widths[b] >= widths[a] ? b : a)
                    .orElse(-1);
            if (widest < 0) {
                return;
            }
            widths[widest]--;
        }
    }

    /** What is optional is shortened before what is required. */
    private void shrinkOptional(int[] widths, int screen) {
        IntStream.range(0, widths.length)
                .filter(i -> widths[i] > 0 && columns.get(i).rank() != Column.REQUIRED)
                .reduce((a, b) -> columns.get(b).rank() >= columns.get(a).rank() ? b : a)
                .ifPresent(last -> widths[last] = Math.max(
                        widths[last] - Math.max(total(widths) - screen, 0),
                        Math.min(widths[last], columns.get(last).least())));
    }

    private static int total(int[] widths) {
        int shown = (int) Arrays.stream(widths).filter(width -> width > 0).count();
        return Arrays.stream(widths).sum() + Math.max(shown - 1, 0) * GAP.length();
    }

    private String line(List<Cell> cells, int[] widths, Screen screen) {
        StringBuilder line = new StringBuilder();
        String pending = "";
        for (int i = 0; i < widths.length; i++) {
            if (widths[i] == 0) {
                continue;
            }
            Cell cell = cells.get(i);
            String text = columns.get(i).shorten(cell.text(), widths[i]);
            String fill = " ".repeat(Math.max(widths[i] - TextWidth.of(text), 0));
            boolean right = columns.get(i).alignment() == Column.Alignment.RIGHT;
            if (!text.isEmpty()) {
                cell.style().append(line.append(pending).append(right ? fill : ""), text, screen.colour());
                pending = "";
            }
            // A line has no blanks at its end.
            pending += (right && !text.isEmpty() ? "" : fill) + GAP;
        }
        return line.toString();
    }
}
