// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Arrays;

/**
 * Writes arguments on one line as journald writes its {@code _CMDLINE} ({@code quote_command_line()} in systemd's
 * {@code src/basic/escape.c}). An argument is in double quotes with C escapes if it is empty, or contains a character that is
 * special to a shell or not printable. Removing these quotes and escapes yields the arguments again.
 *
 * <p>It differs in one respect: {@link Printability} escapes more, such as C1 controls and overrides of the direction
 * of writing.
 */
final class CommandLine {
    /** {@code WHITESPACE}, of which only the space is printable, and {@code SHELL_NEED_QUOTES}. */
    private static final String NEED_QUOTES = " \"\\`$*?['()<>|&;!";
    /** {@code SHELL_NEED_ESCAPE}. */
    private static final String NEED_BACKSLASH = "\"\\`$";
    /** Characters that stay as they are, also without quotes. */
    private static final AsciiSet PLAIN = AsciiSet.printableExcept(NEED_QUOTES);
    /** Controls from 7 on that have an escape of their own. */
    private static final String LETTERS = "abtnvfr";

    private static final int FIRST_LETTER = 7;

    private final StringBuilder text = new StringBuilder();
    private final byte[] arguments;
    /** Length of the arguments, without NULs at the end. */
    private final int end;
    /** Whether the last argument goes on beyond the end. */
    private final boolean open;

    private CommandLine(byte[] arguments, boolean cut) {
        this.arguments = arguments;
        int last = cut ? Utf8.wholeCharacters(arguments, arguments.length) : arguments.length;
        open = cut && last > 0 && arguments[last - 1] != 0;
        while (last > 0 && arguments[last - 1] == 0) {
            last--;
        }
        end = last;
    }

    /**
     * Quotes the arguments of a process, as {@link CommandLines#quote} does.
     *
     * @param arguments each ended by a NUL
     */
    static PrintableText quote(byte[] arguments, boolean cut) {
        CommandLine line = new CommandLine(arguments, cut);
        if (line.end == 0) {
            return null;
        }
        line.append();
        return cut ? PrintableText.ofBeginning(line.text) : PrintableText.of(line.text);
    }

    /** Quotes the arguments of a process whose middle is unknown, as {@link CommandLines#quoteEnds} does. */
    static PrintableText quoteEnds(byte[] first, byte[] last) {
        CommandLine beginning = new CommandLine(first, /* cut= */ true);
        CommandLine end = new CommandLine(last, /* cut= */ false);
        beginning.append();
        if (end.end > 0) {
            end.append();
        }
        return PrintableText.ofEnds(beginning.text, end.text);
    }

    /** Returns the end of the arguments, from the first character behind the middle on. */
    static byte[] tail(byte[] all, int head) {
        return Arrays.copyOfRange(all, tailStart(all, head), all.length);
    }

    /**
     * Returns the start of the first character behind the middle. Leaves out the NUL of an argument that ends there.
     */
    private static int tailStart(byte[] all, int head) {
        int start = head;
        while (start < Math.min(head + 3, all.length) && Utf8.isContinuation(all[start])) {
            start++;
        }
        return start < all.length && all[start] == 0 ? start + 1 : start;
    }

    private void append() {
        int from = 0;
        for (int at = 0; at <= end; at++) {
            if (at == end || arguments[at] == 0) {
                text.append(from == 0 ? "" : " ");
                appendArgument(from, at);
                from = at + 1;
            }
        }
    }

    private void appendArgument(int from, int to) {
        int start = text.length();
        boolean quoted = from == to;
        int before = Printability.NOTHING;
        for (int at = from; at < to; ) {
            int character = Utf8.codePoint(arguments, at, to);
            int length = Utf8.length(character);
            if (PLAIN.contains(character)) {
                text.append((char) character);
                before = character;
            } else if (!Printability.isPrintable(character, before)) {
                appendEscaped(at, length);
                quoted = true;
                before = Printability.NOTHING;
            } else {
                quoted |= NEED_QUOTES.indexOf(character) >= 0;
                text.append(NEED_BACKSLASH.indexOf(character) >= 0 ? "\\" : "").appendCodePoint(character);
                before = character;
            }
            at += length;
        }
        if (quoted) {
            text.insert(start, '"').append(open && to == end ? "" : "\"");
        }
    }

    private void appendEscaped(int at, int length) {
        for (int i = at; i < at + length; i++) {
            int b = arguments[i] & 0xff;
            text.append('\\');
            if (b >= FIRST_LETTER && b < FIRST_LETTER + LETTERS.length()) {
                text.append(LETTERS.charAt(b - FIRST_LETTER));
            } else {
                text.append((char) ('0' + (b >> 6)))
                        .append((char) ('0' + (b >> 3 & 7)))
                        .append((char) ('0' + (b & 7)));
            }
        }
    }
}
