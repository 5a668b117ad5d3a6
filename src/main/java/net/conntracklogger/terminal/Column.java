// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

/**
 * A column of a table.
 *
 * @param least columns of the terminal that it needs if its texts are longer
 * @param rank how soon it is left out of a narrow table: the highest first; {@link #REQUIRED}: never
 */
public record Column(String title, int least, int rank, Alignment alignment) {
    /** The rank of a column that is never left out. */
    public static final int REQUIRED = 0;

    /** Where a text stands in its column, and what remains if it is too long. */
    public enum Alignment {
        /** The beginning. */
        LEFT,
        /** Both ends. */
        LEFT_SHORTENED_IN_THE_MIDDLE,
        /** The part in parentheses at the end, and the beginning. */
        LEFT_SHORTENED_BEFORE_PARENTHESES,
        /** For numbers: the beginning. */
        RIGHT
    }

    /** Returns a column that is never left out. */
    public static Column required(String title, int least) {
        return new Column(title, least, REQUIRED, Alignment.LEFT);
    }

    /** Returns a column that is left out of a narrow table. */
    public static Column optional(String title, int least, int rank) {
        return new Column(title, least, rank, Alignment.LEFT);
    }

    /** Returns a column that is neither left out nor shortened. */
    public static Column fixed(String title) {
        return required(title, Integer.MAX_VALUE);
    }

    /** Returns a column of numbers that is never left out. */
    public static Column number(String title) {
        return fixed(title).rightAligned();
    }

    /** Returns this column with texts of which both ends matter. */
    public Column shortenedInTheMiddle() {
        return new Column(title, least, rank, Alignment.LEFT_SHORTENED_IN_THE_MIDDLE);
    }

    /** Returns this column with texts such as {@code curl(215)}, whose part in parentheses is never cut. */
    public Column shortenedBeforeParentheses() {
        return new Column(title, least, rank, Alignment.LEFT_SHORTENED_BEFORE_PARENTHESES);
    }

    /** Returns this column for numbers. */
    public Column rightAligned() {
        return new Column(title, least, rank, Alignment.RIGHT);
    }

    String shorten(String text, int width) {
        return switch (alignment) {
            case LEFT_SHORTENED_IN_THE_MIDDLE -> TextWidth.shortenMiddle(text, width);
            case LEFT_SHORTENED_BEFORE_PARENTHESES ->
                TextWidth.shortenBefore(text, Math.max(text.lastIndexOf('('), 0), width);
            case LEFT, RIGHT -> TextWidth.shortenEnd(text, width);
        };
    }
}
