// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import net.conntracklogger.flow.FlowSummary;

/** Keeps which event became which entry, and until which entry all are written. */
public interface EntryNumbers {
    /** Keeps nothing: for a process that leaves nothing for the next. */
    EntryNumbers NONE = new EntryNumbers() {
        @Override
        public void assign(long position, long entry) {}

        @Override
        public void settle(long position) {}

        @Override
        public void summarise(long position, boolean end, long began) {}

        @Override
        public void setSummarisedSince(long began) {}

        @Override
        public boolean assignSummary(long entry, FlowSummary summary) {
            return true;
        }

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

    /**
     * Declares that the entry of a summary counts an event. Called by the thread that reads events.
     *
     * @param position of the event; {@link UnwrittenEvents#NONE} if it is not kept
     * @param end whether it is counted as an end, and not as a flow
     * @param began when the flow began, microseconds since the epoch; 0 if unknown
     */
    void summarise(long position, boolean end, long began);

    /** Declares when the first flow of a later summary began. Microseconds since the epoch; 0: there is none. */
    void setSummarisedSince(long began);

    /**
     * Keeps the number of the entry of a summary. Called before the entry can be written, by the thread that reads events.
     *
     * @return false if too many summaries wait to be written: the entry must not be written
     */
    boolean assignSummary(long entry, FlowSummary summary);

    /** Declares that the entries up to this number are written, or counted as lost. */
    void setWritten(long entry);

    /** Returns the number up to which entries are written. */
    long written();
}
