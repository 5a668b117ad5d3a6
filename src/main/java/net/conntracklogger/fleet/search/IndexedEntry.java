// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.fleet.template.FleetField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.output.JsonText;
import net.conntracklogger.question.JsonReader.JsonNumber;

/** An entry as the index has it. */
final class IndexedEntry {
    private IndexedEntry() {}

    /** Returns a document of an answer as a row of its host. Its boot is left out: see the witness of a host. */
    static FlowRow row(Object hit) throws IOException {
        Object source = JsonPath.at(hit, "_source");
        String machine = JsonPath.text(source, FleetField.MACHINE);
        Object name = JsonPath.at(source, FleetField.HOST);
        FlowRow row = new FlowRow(
                number(JsonPath.at(source, FleetField.TIME)),
                0,
                0,
                new Host(machine, name instanceof String it ? it : machine));
        for (JournalField field : JournalField.values()) {
            Object value = ((Map<?, ?>) source).get(field.name());
            if (value instanceof List<?> several) {
                several.forEach(one -> row.add(field, text(one)));
            } else if (value != null) {
                row.add(field, text(value));
            }
        }
        return row;
    }

    /** A shipper may send a number as text. */
    private static long number(Object value) throws IOException {
        try {
            return Long.parseLong(value == null ? "" : text(value));
        } catch (NumberFormatException e) {
            throw new IOException("cannot read an entry of the index: " + FleetField.TIME + " is no number", e);
        }
    }

    private static String text(Object value) {
        return value instanceof JsonNumber number ? number.text() : String.valueOf(value);
    }

    /** Returns a value of an answer as JSON again. */
    static String json(Object value) {
        return value instanceof String text ? JsonText.quoted(text) : value == null ? "null" : text(value);
    }
}
