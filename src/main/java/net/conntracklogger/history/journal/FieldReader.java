// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;

/**
 * Adds fields of an entry to a row, if they are fields of this program. A field is a text {@code FIELD=value}. Finds
 * the field by its bytes, because most of the 65 fields of an entry are journald's own, and a text of each name would
 * take as long as the rest. Not thread-safe.
 */
final class FieldReader {
    /** A power of two, several times the number of fields. Few fields then share a slot. */
    private static final int SLOTS = 1024;

    /**
     * Longest value that is read, in bytes. It is journald's limit for a value in one piece,
     * sd_journal_set_data_threshold(3).
     */
    private static final int MAX_LENGTH = 64 << 10;

    private final JournalField[] slots = new JournalField[SLOTS];
    /** The name of the field in each slot. */
    private final byte[][] names = new byte[SLOTS][];

    private final byte[] bytes = new byte[MAX_LENGTH];

    FieldReader() {
        for (JournalField field : JournalField.values()) {
            byte[] name = field.name().getBytes(StandardCharsets.US_ASCII);
            int slot = hash(name, name.length);
            while (slots[slot] != null) {
                slot = slot + 1 & SLOTS - 1;
            }
            slots[slot] = field;
            names[slot] = name;
        }
    }

    /** Adds a value that is {@code length} bytes of memory at an address. */
    void add(FlowRow row, long address, long length) {
        int size = (int) Math.min(length, MAX_LENGTH);
        new Pointer(address).read(0, bytes, 0, size);
        if (size == 0 || bytes[0] == '_') {
            return;
        }
        int end = 0;
        while (end < size && bytes[end] != '=') {
            end++;
        }
        JournalField field = find(end);
        if (field != null) {
            row.add(field, new String(bytes, end + 1, size - end - 1, StandardCharsets.UTF_8));
        }
    }

    private JournalField find(int length) {
        for (int slot = hash(bytes, length); slots[slot] != null; slot = slot + 1 & SLOTS - 1) {
            byte[] name = names[slot];
            if (Arrays.equals(name, 0, name.length, bytes, 0, length)) {
                return slots[slot];
            }
        }
        return null;
    }

    private static int hash(byte[] bytes, int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return (hash ^ hash >>> 16) & SLOTS - 1;
    }
}
