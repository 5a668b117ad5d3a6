// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Queries for flows, the rows that meet them, and totals of rows.
 *
 * <p>Imports {@code entry} and {@code flow}.
 *
 * <p>Invariant: a row has the values of the journal, wherever it was read. An absent value stays absent.
 */
package net.conntracklogger.history.query;
