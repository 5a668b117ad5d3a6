// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

/** Keeps which event became which entry, and until which entry all are written. */
public interface EntryNumbers {
    /** Keeps nothing: for a process that leaves nothing for the next. */
    EntryNumbers NONE = new EntryNumbers() {
        @Override
        public void assign(long position, long entry) {}

        @Override
        public void settle(long position) {}

        @Override
        public void setWritten(long entry) {}

        @Override
        public long written() {
            return 0;
        }
    };

    /**
     * Keeps the number of the entry of an event. Called before the entry can be written.
     *
     * @param position of the event; {@link UnwrittenEvents#NONE} if the entry is of no event
     */
    void assign(long position, long entry);

    /** Declares that an event needs no entry, or that its loss is counted. Ignores {@link UnwrittenEvents#NONE}. */
    void settle(long position);

    /** Declares that the entries up to this number are written, or counted as lost. */
    void setWritten(long entry);

    /** Returns the number up to which entries are written. */
    long written();
}
