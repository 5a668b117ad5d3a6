// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

/** How a text looks if colours are on: the sequences of systemd's tools (ECMA-48, SGR). */
public enum Style {
    PLAIN(""),
    HEADER("\u001b[0;4m"),
    STRONG("\u001b[0;1;39m"),
    FAINT("\u001b[0;38;5;245m"),
    GOOD("\u001b[0;1;32m"),
    DOUBTFUL("\u001b[0;1;38;5;185m"),
    BAD("\u001b[0;1;31m");

    private static final String RESET = "\u001b[0m";

    private final String sequence;

    Style(String sequence) {
        this.sequence = sequence;
    }

    /** Returns a text in this style. */
    public String text(String text, boolean colour) {
        StringBuilder line = new StringBuilder();
        append(line, text, colour);
        return line.toString();
    }

    /** Appends a text in this style. */
    void append(StringBuilder line, String text, boolean colour) {
        if (colour && this != PLAIN) {
            line.append(sequence).append(text).append(RESET);
        } else {
            line.append(text);
        }
    }
}
