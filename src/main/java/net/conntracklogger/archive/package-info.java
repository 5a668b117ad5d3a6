// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Keeps flows as Parquet files when the journal forgets them, and reads journal and archive as one, through DuckDB.
 *
 * <p>Imports {@code history}, {@code journal}, {@code config}, {@code entry} and {@code flow}.
 *
 * <p>Invariant: the index decides which files are valid and to which entry the journal is read, and is replaced by one rename.
 */
package net.conntracklogger.archive;
