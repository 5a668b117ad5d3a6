// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.linux.TimeFormat;

/** Writes flows as lines of text and flushes each. Losses and notices go to another stream. Not thread-safe. */
public final class TextLines implements EntryWriter {
    private final LineOutput flows;
    private final PrintStream notices;
    private final FlowFormat format;
    private final TimeFormat timeFormat;
    private final FlowValues values;

    /**
     * Writes flows to one stream, losses and notices to another. Leaves both open.
     *
     * @param timeFormat format of {@code {ts}}, closed with this
     */
    public TextLines(OutputStream flows, PrintStream notices, FlowFormat format, TimeFormat timeFormat) {
        this.flows = new LineOutput(flows);
        this.notices = notices;
        this.format = format;
        this.timeFormat = timeFormat;
        this.values = new FlowValues(timeFormat);
    }

    @Override
    public void begin() {
        values.clear();
    }

    @Override
    public void put(JournalField field, long value) {
        values.put(field, Long.toString(value));
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        values.put(field, value.toString());
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        values.put(field, value.toString());
    }

    @Override
    public void commit() throws IOException {
        // The format may lack FLOW_EVENT: a refused attempt would pass for a flow.
        if (!values.isFlow() || values.isRefused()) {
            notices.println(values.get(JournalField.MESSAGE, ""));
            return;
        }
        flows.write(format.apply(values));
    }

    @Override
    public void close() {
        timeFormat.close();
    }
}
