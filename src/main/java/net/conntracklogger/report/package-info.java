// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Sums up who talks to whom: over a span of time, and live.
 *
 * <p>Imports {@code history} and its packages, {@code answer}, {@code output} and {@code entry}.
 *
 * <p>Invariant: a result has a bounded number of rows, however many flows there are; what is left out is counted.
 */
package net.conntracklogger.report;
