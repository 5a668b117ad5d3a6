// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.io.IOException;
import java.io.OutputStream;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.PrintableText;

/**
 * Writes entries as JSON in the form of {@code journalctl -o json}, one object a line. Every value is a string, and
 * several values of one field are an array of strings. Each line is flushed. Not thread-safe.
 */
public final class JsonLines implements EntryWriter {
    private final LineOutput out;
    private final StringBuilder line = new StringBuilder(1024);
    private JournalField last;
    private int lastValue;
    private boolean several;

    public JsonLines(OutputStream out) {
        this.out = new LineOutput(out);
    }

    @Override
    public void begin() {
        line.setLength(0);
        line.append('{');
        last = null;
        several = false;
    }

    @Override
    public void put(JournalField field, long value) {
        start(field);
        line.append('"').append(value).append('"');
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        start(field);
        JsonText.append(line, value);
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        start(field);
        JsonText.append(line, value.toString());
    }

    private void start(JournalField field) {
        if (field == last) {
            if (!several) {
                line.insert(lastValue, '[');
                several = true;
            }
            line.append(',');
            return;
        }
        endValues();
        if (line.length() > 1) {
            line.append(',');
        }
        line.append('"').append(field).append("\":");
        last = field;
        lastValue = line.length();
    }

    private void endValues() {
        if (several) {
            line.append(']');
            several = false;
        }
    }

    @Override
    public void commit() throws IOException {
        endValues();
        line.append('}');
        out.write(line);
    }

    @Override
    public void close() {
        // Each line is flushed when it is written. The stream stays open.
    }
}
