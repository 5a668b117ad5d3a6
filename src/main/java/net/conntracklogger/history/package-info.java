// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads flows back: the questions that commands ask, and the journal through libsystemd.
 *
 * <p>Imports {@code entry}, {@code flow} and {@code linux}. The package {@code archive} reads the older flows.
 *
 * <p>Invariant: believes an entry only if journald itself says that the service wrote it. The service loads none of this.
 */
package net.conntracklogger.history;
