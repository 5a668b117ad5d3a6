// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

/** Measures and shortens text by the columns that a terminal needs for it. */
final class TextWidth {
    private static final String ELLIPSIS = "…";

    private TextWidth() {}

    /** Returns the number of columns. */
    static int of(String text) {
        return text.codePoints().map(TextWidth::ofCharacter).sum();
    }

    /** Returns the beginning of a text that is too wide, and an ellipsis. */
    static String shortenEnd(String text, int width) {
        return of(text) <= width ? text : head(text, width - 1) + ELLIPSIS;
    }

    /** Returns the beginning and the end of a text that is too wide. An ellipsis is between them. */
    static String shortenMiddle(String text, int width) {
        if (of(text) <= width) {
            return text;
        }
        String head = head(text, (width - 1) / 2);
        return head + ELLIPSIS + tail(text, width - 1 - of(head));
    }

    /**
     * Shortens a text that is too wide before an offset. Returns its beginning, an ellipsis, and the text from the
     * offset on, if that fits.
     */
    static String shortenBefore(String text, int offset, int width) {
        String end = text.substring(offset);
        return of(text) <= width || of(end) + 1 > width
                ? shortenEnd(text, width)
                : head(text.substring(0, offset), width - 1 - of(end)) + ELLIPSIS + end;
    }

    private static String head(String text, int width) {
        int end = 0;
        int used = 0;
        while (end < text.length()) {
            int character = text.codePointAt(end);
            used += ofCharacter(character);
            if (used > width) {
                break;
            }
            end += Character.charCount(character);
        }
        return text.substring(0, end);
    }

    private static String tail(String text, int width) {
        int start = text.length();
        int used = 0;
        int candidate = start;
        while (candidate > 0) {
            int character = text.codePointBefore(candidate);
            used += ofCharacter(character);
            if (used > width) {
                break;
            }
            candidate -= Character.charCount(character);
            // A combining mark needs its letter.
            start = ofCharacter(character) == 0 ? start : candidate;
        }
        return text.substring(start);
    }

    private static int ofCharacter(int character) {
        if (character < 0x300) {
            return 1;
        }
        int type = Character.getType(character);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        return isWide(character) ? 2 : 1;
    }

    /** Reports whether East_Asian_Width is W or F (Unicode TR 11), as wcwidth(3) has it. */
    private static boolean isWide(int character) {
        return character >= 0x1100
                && (character <= 0x115f
                        || character >= 0x2e80 && character <= 0x303e
                        || character >= 0x3041 && character <= 0xa4cf && character != 0x303f
                        || character >= 0xa960 && character <= 0xa97c
                        || character >= 0xac00 && character <= 0xd7a3
                        || character >= 0xf900 && character <= 0xfaff
                        || character >= 0xfe10 && character <= 0xfe19
                        || character >= 0xfe30 && character <= 0xfe6f
                        || character >= 0xff00 && character <= 0xff60
                        || character >= 0xffe0 && character <= 0xffe6
                        || character >= 0x1f300 && character <= 0x1f64f
                        || character >= 0x1f680 && character <= 0x1f6ff
                        || character >= 0x1f900 && character <= 0x1f9ff
                        || character >= 0x20000 && character <= 0x3fffd);
    }
}
