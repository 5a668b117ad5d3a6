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
    private boolean taken = true;
    private final List<Map<JournalField, String>> entries = new ArrayList<>();
    private Map<JournalField, String> entry;
    private final List<Map<JournalField, String>> held = new ArrayList<>();
    private IOException failure;
    private boolean busy;
    private long lost;
    private boolean closed;

    /** Makes each entry from now on fail like this; null: none. */
    public void failWith(IOException newFailure) {
        failure = newFailure;
    }

    /** Makes {@link #flush} leave the entries that are held. */
    public void setBusy(boolean newBusy) {
        busy = newBusy;
    }

    /** Loses the entries that are held. */
    public void loseHeld() {
        lost += held.size();
        held.clear();
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
        held.add(entry);
    }

    @Override
    public boolean hasRoom() {
        return held.size() < 4;
    }

    @Override
    public boolean flush() {
        if (!busy) {
            entries.addAll(held);
            held.clear();
        }
        return held.isEmpty();
    }

    @Override
    public IOException trouble() {
        return held.isEmpty() ? null : new IOException("nobody reads");
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public boolean isTaken() {
        return taken;
    }

    /** Lets the reader take all that is written, or none. */
    void setTaken(boolean all) {
        taken = all;
    }
}
