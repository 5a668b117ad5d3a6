// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.PrintableText;

/** An entry as lines of {@code FIELD=value}, in the order in which they were put. */
final class RecordedEntry implements EntryWriter {
    private final List<String> lines = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();
    private Object kept;

    /** Writes an observation. */
    static RecordedEntry of(Observation observation) throws IOException {
        RecordedEntry entry = new RecordedEntry();
        new ObservationEntry(entry).write(observation);
        return entry;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Returns the lines with this prefix. */
    List<String> lines(String prefix) {
        return lines.stream().filter(line -> line.startsWith(prefix)).toList();
    }

    /** Returns the owner whose fields may be repeated; null if there is none. */
    Object kept() {
        return kept;
    }

    @Override
    public void keep(Object owner) {
        kept = owner;
    }

    /** Returns the bytes of each value. */
    List<byte[]> values() {
        return values;
    }

    @Override
    public void begin() {
        lines.clear();
        values.clear();
    }

    @Override
    public void put(JournalField field, long value) {
        put(field, Long.toString(value));
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        lines.add(field + "=" + value);
        values.add(value.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        lines.add(field + "=" + value);
        byte[] bytes = new byte[value.length()];
        value.writeTo(bytes, 0);
        values.add(bytes);
    }

    @Override
    public void commit() {
        // The fields stay until the next entry begins.
    }

    @Override
    public void close() {
        // Holds nothing to release.
    }
}
