// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The files of the archive: their columns and index, and the database beside them. The database reads and writes the
 * files.
 *
 * <p>Imports {@code history.journal}, {@code history.query}, {@code entry} and {@code flow}.
 *
 * <p>Invariant: the index decides which files are valid and to which entry the journal is read, and is replaced by one
 * rename.
 */
package net.conntracklogger.archive;
