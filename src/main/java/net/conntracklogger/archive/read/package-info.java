// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers queries from the files of the archive.
 *
 * <p>Imports {@code archive}, {@code history.coverage} and {@code history.query}.
 *
 * <p>Invariant: a file that is not as the index says is a gap, never an empty file.
 */
package net.conntracklogger.archive.read;
