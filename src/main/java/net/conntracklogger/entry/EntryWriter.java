// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;
import net.conntracklogger.flow.RawText;

/**
 * Takes entries field by field and writes each out. A field that has several values is put several times, one after the
 * other. One thread uses it.
 */
public interface EntryWriter extends AutoCloseable {

    /** Begins an entry. */
    void begin();

    /** Adds a field that is a number. */
    void put(JournalField field, long value);

    /** Adds a field whose text this program made: ASCII, or known to be printable. */
    void put(JournalField field, CharSequence value);

    /** Adds a field that holds bytes from outside, as they are. */
    void put(JournalField field, RawText value);

    /**
     * Ends the entry and writes it; may wait until it is taken.
     *
     * @throws IOException where it could not be written: then it is lost
     * @throws OutputEndedException where no other can be written either
     */
    void commit() throws IOException;

    /** Ends the output. What was committed stays written. */
    @Override
    void close();
}
