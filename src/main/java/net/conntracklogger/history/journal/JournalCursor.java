// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

/**
 * The place of an entry in a journal, as sd_journal_get_cursor(3) prints it: {@code s=...;i=...;b=...;m=...;t=...;x=...}.
 *
 * @param text what libsystemd printed
 * @param sequence the id of the sequence that numbers the entry, in hexadecimal digits
 * @param number the number of the entry in its sequence
 * @param time when journald received the entry, microseconds since the epoch
 */
public record JournalCursor(String text, String sequence, long number, long time) {
    /**
     * Parses the text.
     *
     * @throws IllegalArgumentException if it lacks a part
     */
    public static JournalCursor parse(String text) {
        String sequence = null;
        long number = -1;
        long time = -1;
        for (String part : text.split(";")) {
            if (part.startsWith("s=")) {
                sequence = part.substring(2);
            } else if (part.startsWith("i=")) {
                number = Long.parseUnsignedLong(part, 2, part.length(), 16);
            } else if (part.startsWith("t=")) {
                time = Long.parseUnsignedLong(part, 2, part.length(), 16);
            }
        }
        if (sequence == null || number < 0 || time < 0) {
            throw new IllegalArgumentException("no cursor of a journal: '" + text + "'");
        }
        return new JournalCursor(text, sequence, number, time);
    }

    /** Reports whether this entry is the other one or comes before it. */
    public boolean isUpTo(JournalCursor other) {
        return sequence.equals(other.sequence) ? Long.compareUnsigned(number, other.number) <= 0 : time <= other.time;
    }
}
