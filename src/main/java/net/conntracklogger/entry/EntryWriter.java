// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;
import net.conntracklogger.flow.PrintableText;

/**
 * Takes entries field by field and writes each out. A field with several values is put once for each value, one directly
 * after the other. Not thread-safe.
 */
public interface EntryWriter extends AutoCloseable {

    /** Begins an entry. */
    void begin();

    /** Adds a number, which is not negative. */
    void put(JournalField field, long value);

    /**
     * Adds a text.
     *
     * @param value satisfies what {@link PrintableText} promises
     */
    void put(JournalField field, CharSequence value);

    /** Adds a text. */
    void put(JournalField field, PrintableText value);

    /**
     * Ends the entry and writes it. May wait until the reader takes it.
     *
     * @throws IOException if the entry is lost
     * @throws OutputEndedException if every later entry would be lost too
     */
    void commit() throws IOException;

    /** Ends the output. Committed entries stay written. */
    @Override
    void close();
}
