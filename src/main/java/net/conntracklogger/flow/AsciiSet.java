// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A set of ASCII characters.
 *
 * @param low bit N: whether it holds the character N
 * @param high bit N: whether it holds the character 64 + N
 */
record AsciiSet(long low, long high) {

    /** Returns the printable characters except these. */
    static AsciiSet printableExcept(String others) {
        long low = 0;
        long high = 0;
        for (char c = ' '; c < 0x7f; c++) {
            long bit = others.indexOf(c) < 0 ? 1L << c : 0;
            low |= c < Long.SIZE ? bit : 0;
            high |= c < Long.SIZE ? 0 : bit;
        }
        return new AsciiSet(low, high);
    }

    /** Reports whether the set holds a character; returns false for all that is not ASCII. */
    boolean contains(int character) {
        long bits = character < Long.SIZE ? low : high;
        return character >>> 7 == 0 && (bits >>> character & 1) != 0;
    }
}
