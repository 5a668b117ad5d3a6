// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads the journal's files back, through libsystemd.
 *
 * <p>Imports {@code history.coverage}, {@code history.query}, {@code entry} and {@code linux}.
 *
 * <p>Invariant: believes an entry only if journald itself says that the service wrote it.
 */
package net.conntracklogger.history.journal;
