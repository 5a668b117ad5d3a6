// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;
import java.util.Optional;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.PrintableText;

/**
 * Takes entries field by field and writes each out. A field with several values is put once for each value, one directly
 * after the other. Not thread-safe.
 */
public interface EntryWriter extends AutoCloseable {

    /** Begins an entry. */
    void begin();

    /**
     * Declares the number in the queue of the entry that is committed next. A writer may keep which numbers were
     * written.
     */
    default void setNumber(long entry) {}

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
     * Adds the fields that were put for an owner before.
     *
     * @return false if they are not known: the caller puts them and then calls {@link #keep}
     */
    default boolean putAgain(Object owner) {
        return false;
    }

    /**
     * Keeps the fields that were put since {@link #putAgain}. Later entries with this very object as owner use them.
     */
    default void keep(Object owner) {}

    /** Reports whether another entry can be committed before the next {@link #flush}. */
    default boolean hasRoom() {
        return true;
    }

    /**
     * Ends the entry. Holds it until the next {@link #flush}, or writes it at once.
     *
     * @throws IOException if the entry is lost
     * @throws OutputEndedException if every later entry would be lost too
     */
    void commit() throws IOException;

    /**
     * Writes the entries that are held. Waits at most half a second for a reader that does not take them.
     *
     * @return false if some are held still
     */
    default boolean flush() {
        return true;
    }

    /** Returns why the last {@link #flush} left entries; null if it left none. */
    default IOException trouble() {
        return null;
    }

    /** Returns the number of entries that were lost after {@link #commit}, since the start. */
    default long lost() {
        return 0;
    }

    /** Returns the written entries whose loss was found since the last call, if any. */
    default Optional<Loss> lostLater() {
        return Optional.empty();
    }

    /** Reports whether the reader of the output has taken all that was written. */
    default boolean isTaken() {
        return true;
    }

    /** Reports whether the output keeps what it takes, as far as is known. Thread-safe. */
    default boolean isKept() {
        return true;
    }

    /** Ends the output. Written entries stay written; those held are lost. */
    @Override
    void close();
}
