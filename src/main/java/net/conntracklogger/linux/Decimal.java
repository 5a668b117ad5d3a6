// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

/** Decimal numbers in texts of the kernel. A text of an unusual form yields no number instead of an exception. */
public final class Decimal {
    /** No number is there. */
    public static final long NONE = -1;

    /** A {@code long} holds every number of so many digits. */
    private static final int MOST_DIGITS = 18;

    private Decimal() {}

    /**
     * Returns the number at the beginning of a text, after spaces. Returns {@link #NONE} if it is negative or too
     * large.
     */
    public static long parse(String text) {
        return parse(text, 0);
    }

    /** Returns the number at an offset, after spaces. It ends before the first other character. */
    public static long parse(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        long number = 0;
        int first = at;
        for (; at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9'; at++) {
            number = number * 10 + text.charAt(at) - '0';
        }
        return at == first || at - first > MOST_DIGITS ? NONE : number;
    }
}
