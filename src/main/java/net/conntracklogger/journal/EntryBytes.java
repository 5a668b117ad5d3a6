// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.PrintableText;

/** The bytes of an entry in journald's native protocol: a line {@code FIELD=value} for each field. Not thread-safe. */
final class EntryBytes {
    private static final int USUAL_LENGTH = 8 * 1024;
    private static final int MOST_DIGITS = 19;
    private static final Map<JournalField, byte[]> PREFIXES = prefixes();

    private final byte[] digits = new byte[MOST_DIGITS];
    private byte[] entry = new byte[USUAL_LENGTH];
    private int length;

    private static Map<JournalField, byte[]> prefixes() {
        Map<JournalField, byte[]> prefixes = new EnumMap<>(JournalField.class);
        for (JournalField field : JournalField.values()) {
            prefixes.put(field, (field + "=").getBytes(StandardCharsets.US_ASCII));
        }
        return prefixes;
    }

    void clear() {
        length = 0;
    }

    int length() {
        return length;
    }

    /** Returns the array of which the first {@link #length} bytes are the entry. Valid until the next change. */
    byte[] array() {
        return entry;
    }

    /** Returns a copy of the bytes from an offset on. */
    byte[] copyFrom(int start) {
        return Arrays.copyOfRange(entry, start, length);
    }

    void put(JournalField field, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " is negative: " + value);
        }
        int at = MOST_DIGITS;
        long high = value;
        for (; high > Integer.MAX_VALUE; high /= 10) {
            digits[--at] = (byte) ('0' + high % 10);
        }
        int rest = (int) high; // a division of 64 bits takes several times as long
        do {
            digits[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        start(field, MOST_DIGITS - at);
        append(digits, at, MOST_DIGITS - at);
        end();
    }

    void put(JournalField field, CharSequence value) {
        String text = value.toString();
        if (text.indexOf('\n') >= 0) {
            throw new IllegalArgumentException(field + " has several lines"); // the rest would be a field
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        start(field, utf8.length);
        append(utf8, 0, utf8.length);
        end();
    }

    void put(JournalField field, PrintableText value) {
        start(field, value.length());
        value.writeTo(entry, length);
        length += value.length();
        end();
    }

    /** Appends whole lines. */
    void append(byte[] lines) {
        reserve(lines.length);
        append(lines, 0, lines.length);
    }

    /** Begins a field, with room for all of it. */
    private void start(JournalField field, int valueLength) {
        byte[] prefix = PREFIXES.get(field);
        reserve(prefix.length + valueLength + 1);
        append(prefix, 0, prefix.length);
    }

    private void reserve(int bytes) {
        if (length + bytes > entry.length) {
            entry = Arrays.copyOf(entry, Math.max(2 * entry.length, length + bytes));
        }
    }

    private void append(byte[] bytes, int from, int count) {
        System.arraycopy(bytes, from, entry, length, count);
        length += count;
    }

    private void end() {
        entry[length++] = '\n';
    }
}
