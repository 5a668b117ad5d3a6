// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.TextForm;

/** Puts values into an entry in the contract's form. Leaves out unknown values. Not thread-safe. */
final class EntryFields {
    /** Number of characters that always fit a value. Each has at most three bytes in UTF-8. */
    private static final int SURELY_SHORT = PrintableText.MAX_LENGTH / 3;

    private final EntryWriter writer;
    /** Reused for each value, so that a flow allocates less. */
    private final StringBuilder text = new StringBuilder(512);

    EntryFields(EntryWriter writer) {
        this.writer = writer;
    }

    /** Returns an empty buffer for {@link #putText}. It is valid until the next call of another method. */
    StringBuilder newText() {
        text.setLength(0);
        return text;
    }

    /** Puts what was appended to {@link #newText}: printable characters only. */
    void putText(JournalField field) {
        if (text.length() <= SURELY_SHORT) {
            writer.put(field, text);
        } else {
            writer.put(field, PrintableText.of(text));
        }
    }

    void put(JournalField field, long value) {
        writer.put(field, value);
    }

    /** Puts a number unless it is the one that stands for unknown. */
    void put(JournalField field, long value, long unknown) {
        if (value != unknown) {
            writer.put(field, value);
        }
    }

    /** Puts a word of this program. */
    void putWord(JournalField field, String value) {
        if (value != null) {
            writer.put(field, value);
        }
    }

    void put(JournalField field, PrintableText value) {
        if (value != null) {
            writer.put(field, value);
        }
    }

    void put(JournalField field, RawText value) {
        if (value != null && !value.isEmpty()) {
            writer.put(field, value.printable());
        }
    }

    /** Puts a text that flows do not share, so that caching its form gains nothing. */
    void putShort(JournalField field, RawText value) {
        if (!value.isEmpty()) {
            value.appendTo(newText(), TextForm.VALUE);
            putText(field);
        }
    }

    void put(JournalField field, String value, TextForm form) {
        if (value != null && !value.isEmpty()) {
            form.append(newText(), value);
            putText(field);
        }
    }

    /** Puts the fields of an owner again; returns false if they are not known ({@link EntryWriter#putAgain}). */
    boolean putAgain(Owner owner) {
        return writer.putAgain(owner);
    }

    void keep(Owner owner) {
        writer.keep(owner);
    }

    void put(JournalField field, IpAddress address) {
        address.appendTo(newText());
        putText(field);
    }
}
