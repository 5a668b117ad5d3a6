// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.PrintableText;

/** A shell pattern: {@code *} stands for any characters, {@code /} included, and {@code ?} for one byte. */
final class Glob {
    /** The bytes of a text, each as 0 to 255. */
    private interface Bytes {
        int at(int index);
    }

    private final byte[] pattern;

    Glob(String pattern) {
        this.pattern = pattern.getBytes(StandardCharsets.UTF_8);
    }

    /** Reports whether the pattern matches the whole text, which is ASCII as names of units are. */
    boolean matches(String text) {
        return matches(text::charAt, text.length());
    }

    /** Reports whether the pattern matches the whole value. */
    boolean matches(PrintableText text) {
        return matches(text::byteAt, text.length());
    }

    /** Goes back to the last {@code *} only, so that no pattern takes more than pattern times text steps. */
    private boolean matches(Bytes text, int length) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (at < length) {
            if (in < pattern.length && pattern[in] == '*') {
                star = in++;
                resume = at;
            } else if (in < pattern.length && (pattern[in] == '?' || (pattern[in] & 0xff) == text.at(at))) {
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
}
