// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that a process chose: its name, its command line, a path. They may hold anything, control characters and
 * invalid UTF-8 included, so they are kept as they came and only ever shown through {@link #printable}.
 */
public final class RawText {
    private final byte[] bytes;

    private RawText(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies part of an array. */
    public static RawText copyOf(byte[] source, int offset, int length) {
        return new RawText(Arrays.copyOfRange(source, offset, offset + length));
    }

    public static RawText of(String text) {
        return new RawText(text.getBytes(StandardCharsets.UTF_8));
    }

    /** This text and another behind it. */
    public RawText followedBy(RawText other) {
        byte[] both = Arrays.copyOf(bytes, bytes.length + other.bytes.length);
        System.arraycopy(other.bytes, 0, both, bytes.length, other.bytes.length);
        return new RawText(both);
    }

    public int length() {
        return bytes.length;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** Puts the bytes as they are. */
    public void writeTo(ByteBuffer buffer) {
        buffer.put(bytes);
    }

    /** The text if it is valid UTF-8, else null. */
    public String utf8() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Appends at most {@code limit} characters that are safe on a terminal: printable ASCII and, where the whole is
     * valid UTF-8, the visible characters of every script; all else, and the backslash, as {@code \xNN} a byte. Cut
     * text ends in {@code ...}.
     */
    public void appendPrintable(StringBuilder text, int limit) {
        String decoded = isAscii() ? null : utf8();
        int end = (int) Math.min((long) text.length() + limit, Integer.MAX_VALUE);
        int count = decoded == null ? bytes.length : decoded.length();
        for (int i = 0; i < count; ) {
            int character = decoded == null ? bytes[i] & 0xff : decoded.codePointAt(i);
            i += decoded == null ? 1 : Character.charCount(character);
            int before = text.length();
            if (isPlain(character, decoded != null)) {
                text.appendCodePoint(character);
            } else if (decoded == null) {
                appendEscaped(text, (byte) character);
            } else {
                for (byte b : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
                    appendEscaped(text, b);
                }
            }
            if (text.length() > end) {
                text.setLength(before);
                text.append("...");
                return;
            }
        }
    }

    private boolean isAscii() {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(int character, boolean unicode) {
        if (character < 0x7f) {
            return character >= 0x20 && character != '\\';
        }
        return unicode
                && switch (Character.getType(character)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR -> false;
                    default -> true;
                };
    }

    private static void appendEscaped(StringBuilder text, byte b) {
        text.append("\\x").append(hex(b >> 4 & 0xf)).append(hex(b & 0xf));
    }

    private static char hex(int digit) {
        return Character.forDigit(digit, 16);
    }

    /** The whole text in the form of {@link #appendPrintable}. */
    public String printable() {
        StringBuilder text = new StringBuilder(bytes.length);
        appendPrintable(text, Integer.MAX_VALUE);
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawText that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return printable();
    }
}
