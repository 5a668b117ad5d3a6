// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The log of flows as one. First comes the archive as far as it goes, then the journal.
 *
 * <p>Imports {@code archive.read}, {@code history.journal} and what they import.
 *
 * <p>Invariant: each row once, also while a merge replaces files. The service loads none of this, nor of the packages
 * below.
 */
package net.conntracklogger.history;
