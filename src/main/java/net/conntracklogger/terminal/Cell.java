// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import net.conntracklogger.flow.TextForm;

/**
 * A text of a table.
 *
 * @param text printable characters only
 */
public record Cell(String text, Style style) {
    /** A cell without text. */
    public static final Cell EMPTY = new Cell("", Style.PLAIN);

    /** Escapes what is not printable. A null becomes an empty text. */
    public Cell {
        StringBuilder printable = new StringBuilder();
        TextForm.TEXT.append(printable, text == null ? "" : text);
        text = printable.toString();
    }

    /** Returns a cell in the plain style. */
    public static Cell of(String text) {
        return new Cell(text, Style.PLAIN);
    }
}
