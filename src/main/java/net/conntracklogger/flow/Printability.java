// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Decides which characters an entry shows unchanged. A reader must see every character, and no character may change how the
 * text around it looks. So these are not printable:
 *
 * <ul>
 *   <li>controls (C0, DEL, C1), separators of lines and paragraphs, and bytes that are not UTF-8;
 *   <li>format characters: marks and overrides of the direction of writing, joiners, zero-width spaces, tags;
 *   <li>characters that look like nothing or like a space: variation selectors, fillers, and every space but U+0020;
 *   <li>private-use and unassigned characters, which have no common look. The Java runtime knows the assigned ones: those of
 *       Unicode 13 in Java 17;
 *   <li>combining marks, unless they follow a letter or another mark. A mark changes the character before it, which may belong
 *       to the entry and not to the text.
 * </ul>
 *
 * <p>Letters of right-to-left scripts are printable, and so are letters of different scripts that look alike: the process wrote
 * them.
 */
final class Printability {
    /** The character before is not known, or was escaped. */
    static final int NOTHING = -1;

    private static final int MARKS =
            1 << Character.NON_SPACING_MARK | 1 << Character.COMBINING_SPACING_MARK | 1 << Character.ENCLOSING_MARK;
    private static final int UNPRINTABLE = 1 << Character.CONTROL
            | 1 << Character.FORMAT
            | 1 << Character.SURROGATE
            | 1 << Character.PRIVATE_USE
            | 1 << Character.UNASSIGNED
            | 1 << Character.SPACE_SEPARATOR
            | 1 << Character.LINE_SEPARATOR
            | 1 << Character.PARAGRAPH_SEPARATOR;

    private Printability() {}

    /**
     * Reports whether a character is shown as it is.
     *
     * @param codePoint the character, or {@link Utf8#INVALID}
     * @param before the character before it in the same text, or {@link #NOTHING}
     */
    static boolean isPrintable(int codePoint, int before) {
        if (codePoint < 0x7f) {
            return codePoint >= ' ';
        }
        int type = 1 << Character.getType(codePoint);
        return (type & UNPRINTABLE) == 0
                && !isInvisible(codePoint)
                && ((type & MARKS) == 0 || before >= 0 && (Character.isLetter(before) || isMark(before)));
    }

    static boolean isMark(int codePoint) {
        return codePoint >= 0x80 && (1 << Character.getType(codePoint) & MARKS) != 0;
    }

    /**
     * Reports whether a letter, mark or symbol shows nothing. These are the members of Unicode's
     * {@code Default_Ignorable_Code_Point} that are no format characters, and the Braille pattern without dots.
     */
    private static boolean isInvisible(int codePoint) {
        return switch (codePoint) {
            case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0 -> true;
            default ->
                codePoint >= 0x180b && codePoint <= 0x180f
                        || codePoint >= 0xfe00 && codePoint <= 0xfe0f
                        || codePoint >= 0xe0100 && codePoint <= 0xe01ef;
        };
    }
}
