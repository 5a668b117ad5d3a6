// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Watch lists, and what lists, expectations and filters together decide of a flow.
 *
 * <p>Imports {@code concurrent}, {@code config}, {@code filter} and {@code flow}.
 *
 * <p>Invariant: a lookup reads no file, takes no lock and allocates nothing. A hit is exact, never that of a hash.
 */
package net.conntracklogger.watch;
