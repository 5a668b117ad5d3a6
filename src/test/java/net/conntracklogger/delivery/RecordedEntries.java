// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.PrintableText;

/** An output that keeps the fields of each entry, or fails. */
public final class RecordedEntries implements EntryWriter {
    private final List<Map<JournalField, String>> entries = new ArrayList<>();
    private Map<JournalField, String> entry;
    private IOException failure;
    private boolean closed;

    /** Makes each entry from now on fail like this; null: none. */
    public void failWith(IOException newFailure) {
        failure = newFailure;
    }

    /** The entries that were written. */
    public List<Map<JournalField, String>> all() {
        return entries;
    }

    /** Their messages. */
    public List<String> messages() {
        return entries.stream().map(fields -> fields.get(JournalField.MESSAGE)).toList();
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public void begin() {
        entry = new EnumMap<>(JournalField.class);
    }

    @Override
    public void put(JournalField field, long value) {
        entry.put(field, Long.toString(value));
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        entry.put(field, value.toString());
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        entry.put(field, value.toString());
    }

    @Override
    public void commit() throws IOException {
        if (failure != null) {
            throw failure;
        }
        entries.add(entry);
    }

    @Override
    public void close() {
        closed = true;
    }
}
