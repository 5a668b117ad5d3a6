// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Keeps flows as Parquet files when the journal forgets them.
 *
 * <p>Imports {@code archive}, {@code history.journal}, {@code history.coverage}, {@code config} and {@code entry}.
 *
 * <p>Invariant: a crash at any point neither loses nor doubles a row.
 */
package net.conntracklogger.archive.write;
