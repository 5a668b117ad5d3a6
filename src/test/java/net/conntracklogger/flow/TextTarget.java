// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.conntracklogger.fuzz.FuzzTarget;

/** Command lines and names: whatever they hold, a value is printable, on one line and short enough for the journal. */
public final class TextTarget implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return List.of(
                "python3\0-c\0import x\nprint(\"a\")\0it's\0".getBytes(StandardCharsets.UTF_8),
                "\u202e\u00e9\ud83d\ude00e\u0301\\ \\x41".getBytes(StandardCharsets.UTF_8),
                new byte[] {(byte) 0xc0, (byte) 0x80, (byte) 0xed, (byte) 0xa0, (byte) 0x80, (byte) 0xf8, 0, 0x7f},
                "a\0".repeat(2500).getBytes(StandardCharsets.UTF_8),
                "\\\u00fc".repeat(1400).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void read(byte[] input) {
        check(CommandLines.YES.quote(ByteBuffer.wrap(input), input.length, false));
        check(CommandLines.YES.quote(ByteBuffer.wrap(input), input.length, true));
        check(CommandLines.YES.quoteEnds(ByteBuffer.wrap(input), input.length / 2));
        RawText raw = RawText.copyOf(input, 0, input.length);
        check(raw.printable());
        StringBuilder name = new StringBuilder();
        raw.appendTo(name, TextForm.NAME);
        if (name.chars().anyMatch(c -> c < ' ' || "()< ".indexOf(c) >= 0)) {
            throw new IllegalStateException("not escaped: " + name);
        }
        if (!raw.isEmpty() && raw.utf8() != null && !RawText.of(raw.utf8()).equals(raw)) {
            throw new IllegalStateException("changed: " + raw);
        }
    }

    private static void check(PrintableText value) {
        if (value == null) {
            return;
        }
        byte[] utf8 = new byte[value.length()];
        value.writeTo(utf8, 0);
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (value.length() > PrintableText.MAX_LENGTH) {
            throw new IllegalStateException(value.length() + " bytes");
        }
        if (!text.equals(value.toString())
                || text.indexOf('\ufffd') >= 0 && !value.toString().contains("\ufffd")) {
            throw new IllegalStateException("not UTF-8: " + text);
        }
        if (text.codePoints().anyMatch(TextTarget::isControl)) {
            throw new IllegalStateException("not printable: " + text);
        }
    }

    private static boolean isControl(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.SURROGATE;
    }
}
