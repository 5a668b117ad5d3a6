// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.PrintableText;

/** A shell pattern: {@code *} stands for any characters, {@code /} included, and {@code ?} for one byte. */
final class Glob {
    private final byte[] pattern;
    /** Where the first and the last {@code *} are. What is before and behind them matches the ends of a text. */
    private final int firstStar;

    private final int lastStar;

    Glob(String pattern) {
        this.pattern = pattern.getBytes(StandardCharsets.UTF_8);
        // The bytes of other characters are no ASCII characters.
        String bytes = new String(this.pattern, StandardCharsets.ISO_8859_1);
        firstStar = bytes.indexOf('*');
        lastStar = bytes.lastIndexOf('*');
    }

    /** Reports whether the pattern matches the whole text. The text is ASCII, as names of units are. */
    boolean matches(String text) {
        return matches(text, null, text.length());
    }

    /** Reports whether the pattern matches the whole value. */
    boolean matches(PrintableText text) {
        return matches(null, text, text.length());
    }

    private boolean matches(String ascii, PrintableText text, int length) {
        if (firstStar < 0) {
            return length == pattern.length && isAt(0, pattern.length, ascii, text, 0);
        }
        int tail = length - (pattern.length - lastStar - 1);
        return tail >= firstStar
                && isAt(0, firstStar, ascii, text, 0)
                && isAt(lastStar + 1, pattern.length, ascii, text, tail)
                && isBetween(ascii, text, firstStar, tail);
    }

    /** Reports whether a part of the pattern without {@code *} matches the text there. */
    private boolean isAt(int from, int to, String ascii, PrintableText text, int at) {
        for (int i = from; i < to; i++) {
            if ((pattern[i] & 0xff) != byteAt(ascii, text, at + i - from) && pattern[i] != '?') {
                return false;
            }
        }
        return true;
    }

    /**
     * Reports whether the parts between two {@code *} follow each other in the text. Takes the first place for each, so that no
     * pattern takes more than pattern times text steps.
     */
    private boolean isBetween(String ascii, PrintableText text, int from, int to) {
        int at = from;
        for (int star = firstStar; star < lastStar; ) {
            int next = star + 1;
            while (pattern[next] != '*') {
                next++;
            }
            while (at + next - star - 1 <= to && !isAt(star + 1, next, ascii, text, at)) {
                at++;
            }
            at += next - star - 1;
            if (at > to) {
                return false;
            }
            star = next;
        }
        return true;
    }

    /** Returns a byte of one of two texts, of which the other is null. No object stands for both, because rules allocate nothing. */
    private static int byteAt(String ascii, PrintableText text, int index) {
        return ascii != null ? ascii.charAt(index) : text.byteAt(index);
    }
}
