// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that a process or another host chose. Examples are a process name, a path, a domain name. They may hold
 * anything, controls and invalid UTF-8 included. Records show them in a {@link TextForm} only. Thread-safe.
 */
public final class RawText {
    private final byte[] bytes;
    /**
     * The same bytes if they are known to be printable, else null. An escaped text is not kept, because it needs more
     * room than {@link #length} says. Written without a lock, because every thread would write an equal value.
     */
    private PrintableText printable;

    private RawText(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies part of an array. */
    public static RawText copyOf(byte[] source, int offset, int length) {
        return new RawText(Arrays.copyOfRange(source, offset, offset + length));
    }

    /** Takes the UTF-8 bytes of a text. */
    public static RawText of(String text) {
        return new RawText(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns this text with another appended. */
    public RawText followedBy(RawText other) {
        byte[] both = Arrays.copyOf(bytes, bytes.length + other.bytes.length);
        System.arraycopy(other.bytes, 0, both, bytes.length, other.bytes.length);
        return new RawText(both);
    }

    /** Returns the length in bytes. */
    public int length() {
        return bytes.length;
    }

    /** Returns the byte at an index, 0 to 255. */
    public int byteAt(int index) {
        return bytes[index] & 0xff;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** Returns the text if the bytes are valid UTF-8, else null. */
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

    /** Returns the value of a field that holds this text. */
    public PrintableText printable() {
        PrintableText known = printable;
        if (known != null) {
            return known;
        }
        PrintableText made = PrintableText.of(bytes, TextForm.VALUE);
        if (made.isBackedBy(bytes)) {
            printable = made;
        }
        return made;
    }

    /** Appends the whole text in a form. */
    public void appendTo(StringBuilder text, TextForm form) {
        form.append(text, bytes);
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
        return printable().toString();
    }
}
