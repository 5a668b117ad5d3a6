// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Writes entries to the systemd journal in its native protocol, and long ones through sd_journal_sendv(3).
 *
 * <p>Imports {@code entry}, {@code flow} and {@code linux}.
 *
 * <p>Invariant: bytes of a value reach the journal unchanged; nothing is escaped, cut or read back.
 */
package net.conntracklogger.journal;
