// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers questions about flows: what the log shows, and how sure that is.
 *
 * <p>Imports {@code history} and its packages, {@code question}, {@code terminal}, {@code config} and {@code entry}.
 *
 * <p>Invariant: says "not seen, and complete" only on positive proof. Whatever is doubtful makes the log blind.
 */
package net.conntracklogger.answer;
