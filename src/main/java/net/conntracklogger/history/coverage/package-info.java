// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * How far the log can be relied on. Holds gaps, coverage, and files that cannot be read.
 *
 * <p>Imports {@code history.query}, {@code entry} and {@code flow}.
 *
 * <p>Invariant: what is doubtful is a gap. Nothing is complete because nobody reported a loss.
 */
package net.conntracklogger.history.coverage;
