// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.charset.StandardCharsets;

/**
 * The form in which text from outside is written. Every form writes {@code \xNN} for a byte of a character that is not
 * printable ({@link Printability}). The forms differ in which printable characters they escape.
 */
public final class TextForm {
    /** The value of a field. A backslash becomes two, so that no text can pass for an escape. */
    public static final TextForm VALUE = new TextForm("\\", /* doublesBackslash= */ true);
    /**
     * A name inside a line with a grammar, such as MESSAGE or PID_ANCESTRY. A backslash and every character that ends a name
     * there become {@code \xNN}, so that no name can pass for another part of the line.
     */
    public static final TextForm NAME = new TextForm("\\()< ", /* doublesBackslash= */ false);
    /**
     * The name of a unit or a text of this program. systemd itself writes {@code \xNN} in names of units. A backslash
     * stays as it is.
     */
    public static final TextForm TEXT = new TextForm("", /* doublesBackslash= */ false);

    private final AsciiSet plain;
    private final boolean doublesBackslash;

    private TextForm(String escaped, boolean doublesBackslash) {
        plain = AsciiSet.printableExcept(escaped);
        this.doublesBackslash = doublesBackslash;
    }

    /** Reports whether the text is ASCII that this form leaves as it is. */
    public boolean isPlain(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (!plain.contains(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    boolean isPlain(byte[] bytes) {
        for (byte b : bytes) {
            if (!plain.contains(b)) {
                return false;
            }
        }
        return true;
    }

    /** Appends a text in this form. */
    public void append(StringBuilder text, String value) {
        if (isPlain(value)) {
            text.append(value);
        } else {
            appendEscaping(text, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    void append(StringBuilder text, byte[] bytes) {
        if (isPlain(bytes)) {
            text.append(new String(bytes, StandardCharsets.US_ASCII));
        } else {
            appendEscaping(text, bytes);
        }
    }

    private void appendEscaping(StringBuilder text, byte[] bytes) {
        int before = Printability.NOTHING;
        for (int at = 0; at < bytes.length; ) {
            int character = Utf8.codePoint(bytes, at, bytes.length);
            int length = Utf8.length(character);
            if (plain.contains(character) || character >= 0x80 && Printability.isPrintable(character, before)) {
                text.appendCodePoint(character);
                before = character;
            } else if (doublesBackslash && character == '\\') {
                text.append("\\\\");
                before = Printability.NOTHING;
            } else {
                appendEscaped(text, bytes, at, length);
                before = Printability.NOTHING;
            }
            at += length;
        }
    }

    private static void appendEscaped(StringBuilder text, byte[] bytes, int at, int length) {
        for (int i = at; i < at + length; i++) {
            text.append("\\x")
                    .append(Character.forDigit(bytes[i] >> 4 & 0xf, 16))
                    .append(Character.forDigit(bytes[i] & 0xf, 16));
        }
    }
}
