// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Turns observations into journal fields and MESSAGE, the public interface of the service.
 *
 * <p>Imports {@code flow} only. The packages {@code journal} and {@code output} implement
 * {@link net.conntracklogger.entry.EntryWriter}.
 *
 * <p>Invariant: every value is printable UTF-8 on one line, with 1 to 4,000 bytes; an unknown value has no field. Field names
 * and message ids occur in {@code JournalField} and {@code MessageId} only.
 */
package net.conntracklogger.entry;
