// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.PrintableText;

/** A shell pattern: {@code *} stands for any characters, {@code /} included, and {@code ?} for one byte. */
final class Glob {
    private final byte[] pattern;

    Glob(String pattern) {
        this.pattern = pattern.getBytes(StandardCharsets.UTF_8);
    }

    /** Reports whether the pattern matches the whole text. The text is ASCII, as names of units are. */
    boolean matches(String text) {
        return matches(text, null, text.length());
    }

    /** Reports whether the pattern matches the whole value. */
    boolean matches(PrintableText text) {
        return matches(null, text, text.length());
    }

    /**
     * Reports whether the pattern matches. Goes back to the last {@code *} only, so that no pattern takes more than
     * pattern times text steps.
     */
    private boolean matches(String ascii, PrintableText text, int length) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (at < length) {
            if (in < pattern.length && pattern[in] == '*') {
                star = in++;
                resume = at;
            } else if (in < pattern.length && (pattern[in] == '?' || (pattern[in] & 0xff) == byteAt(ascii, text, at))) {
                in++;
                at++;
            } else if (star >= 0) {
                in = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (in < pattern.length && pattern[in] == '*') {
            in++;
        }
        return in == pattern.length;
    }

    /** Returns a byte of one of two texts, of which the other is null. No object stands for both, because rules allocate nothing. */
    private static int byteAt(String ascii, PrintableText text, int index) {
        return ascii != null ? ascii.charAt(index) : text.byteAt(index);
    }
}
