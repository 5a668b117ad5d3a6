// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The files of the archive: their columns, their index, and the database that reads and writes them.
 *
 * <p>Imports {@code history.journal}, {@code history.query}, {@code entry} and {@code flow}.
 *
 * <p>Invariant: the index decides which files are valid and to which entry the journal is read, and is replaced by one
 * rename.
 */
package net.conntracklogger.archive;
