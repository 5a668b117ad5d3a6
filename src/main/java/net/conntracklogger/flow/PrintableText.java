// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A value that every reader of the journal shows unchanged. It has printable characters ({@link Printability}) in UTF-8
 * on one line, at most {@link #MAX_LENGTH} bytes. {@code journalctl -o json} prints it as a string. The mark
 * <code>" … "</code> replaces the middle of a longer text, and follows a text whose end is unknown.
 */
public final class PrintableText {
    /**
     * Maximum number of bytes of a journal field's value. {@code journalctl -o json} prints {@code null} if name, {@code =} and value
     * together have 4,096 bytes or more ({@code JSON_THRESHOLD} in systemd's {@code src/shared/logs-show.c}).
     */
    public static final int MAX_LENGTH = 4000;

    private static final String MARK = " … ";
    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.UTF_8);

    private final byte[] utf8;

    private PrintableText(byte[] utf8) {
        this.utf8 = utf8;
    }

    /**
     * Takes a text in a form. Shortens it in the middle if it is too long. Uses the array itself if no byte needs
     * escaping.
     */
    static PrintableText of(byte[] bytes, TextForm form) {
        if (bytes.length <= MAX_LENGTH && form.isPlain(bytes)) {
            return new PrintableText(bytes);
        }
        StringBuilder text = new StringBuilder(2 * bytes.length);
        form.append(text, bytes);
        PrintableText made = of(text);
        return Arrays.equals(made.utf8, bytes) ? new PrintableText(bytes) : made;
    }

    /** Takes text of printable characters; shortens it in the middle if it is too long. */
    public static PrintableText of(CharSequence printable) {
        byte[] utf8 = printable.toString().getBytes(StandardCharsets.UTF_8);
        if (utf8.length <= MAX_LENGTH) {
            return new PrintableText(utf8);
        }
        int head = headEnd(utf8, MAX_LENGTH);
        int tail = tailStart(utf8, MAX_LENGTH - head);
        return new PrintableText(join(utf8, head, tail));
    }

    /** Takes the beginning of a text whose end is unknown, and appends the mark. The characters are printable. */
    static PrintableText ofBeginning(CharSequence printable) {
        byte[] utf8 = printable.toString().getBytes(StandardCharsets.UTF_8);
        int end = unitStart(utf8, Math.min(utf8.length, MAX_LENGTH - MARK_BYTES.length));
        return new PrintableText(join(utf8, end, utf8.length));
    }

    /**
     * Takes the beginning and the end of a text, and puts the mark between. The middle of the text is unknown, and its
     * characters are printable.
     */
    static PrintableText ofEnds(CharSequence beginning, CharSequence end) {
        byte[] head = beginning.toString().getBytes(StandardCharsets.UTF_8);
        byte[] tail = end.toString().getBytes(StandardCharsets.UTF_8);
        int room = MAX_LENGTH - MARK_BYTES.length;
        int kept = head.length <= Math.max(room / 2, room - tail.length) ? head.length : headEnd(head, MAX_LENGTH);
        int from = tail.length <= room - kept ? 0 : tailStart(tail, MAX_LENGTH - kept);
        byte[] utf8 = Arrays.copyOf(head, kept + tail.length - from);
        System.arraycopy(tail, from, utf8, kept, tail.length - from);
        return new PrintableText(join(utf8, kept, kept));
    }

    private static byte[] join(byte[] utf8, int head, int tail) {
        byte[] joined = Arrays.copyOf(utf8, head + MARK_BYTES.length + utf8.length - tail);
        System.arraycopy(MARK_BYTES, 0, joined, head, MARK_BYTES.length);
        System.arraycopy(utf8, tail, joined, head + MARK_BYTES.length, utf8.length - tail);
        return joined;
    }

    /** Returns the end of the part before the mark. */
    private static int headEnd(byte[] utf8, int limit) {
        return unitStart(utf8, (limit - MARK_BYTES.length) / 2);
    }

    /** Returns the start of the part behind the mark. */
    private static int tailStart(byte[] utf8, int limit) {
        int wanted = utf8.length - (limit - MARK_BYTES.length);
        int start = unitStart(utf8, wanted);
        if (start < wanted) {
            start += unitLength(utf8, start);
        }
        // A combining mark would change the space before it.
        while (start < utf8.length && Printability.isMark(Utf8.codePoint(utf8, start, utf8.length))) {
            start += unitLength(utf8, start);
        }
        return start;
    }

    /** Returns the start of the character or escape that contains a byte. */
    private static int unitStart(byte[] utf8, int at) {
        int start = at;
        while (start < utf8.length && Utf8.isContinuation(utf8[start])) {
            start--;
        }
        // The longest escape has a backslash and three characters.
        for (int i = start == utf8.length ? start - 1 : start; i >= Math.max(start - 3, 0); i--) {
            if (utf8[i] == '\\') {
                int escape = backslashesUpTo(utf8, i) % 2 == 1 ? i : i - 1;
                return escape + unitLength(utf8, escape) > start ? escape : start;
            }
        }
        return start;
    }

    private static int backslashesUpTo(byte[] utf8, int at) {
        int first = at;
        while (first >= 0 && utf8[first] == '\\') {
            first--;
        }
        return at - first;
    }

    /** Returns the length of the character or escape that begins here: {@code \xNN}, {@code \NNN}, or {@code \n}. */
    private static int unitLength(byte[] utf8, int at) {
        int length = Utf8.lengthByFirst(utf8[at]);
        if (utf8[at] == '\\' && at + 1 < utf8.length) {
            byte next = utf8[at + 1];
            length = next == 'x' || next >= '0' && next <= '7' ? 4 : 2;
        }
        return Math.min(length, utf8.length - at);
    }

    /** Reports whether the text shares this array. */
    boolean isBackedBy(byte[] bytes) {
        return utf8 == bytes;
    }

    /** Returns the length in bytes. */
    public int length() {
        return utf8.length;
    }

    /** Returns a byte of the UTF-8 text, as 0 to 255. */
    public int byteAt(int index) {
        return utf8[index] & 0xff;
    }

    /** Copies the UTF-8 text, {@link #length} bytes, to an offset. */
    public void writeTo(byte[] buffer, int at) {
        System.arraycopy(utf8, 0, buffer, at, utf8.length);
    }

    /** Appends the text; if it has more than {@code limit} bytes, without its middle. */
    public void appendTo(StringBuilder text, int limit) {
        if (utf8.length <= limit) {
            append(text, 0, utf8.length);
            return;
        }
        int head = headEnd(utf8, limit);
        append(text, 0, head);
        text.append(MARK);
        append(text, tailStart(utf8, limit - head), utf8.length);
    }

    private void append(StringBuilder text, int from, int to) {
        text.append(new String(utf8, from, to - from, StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PrintableText that && Arrays.equals(utf8, that.utf8);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(utf8);
    }

    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
