// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Configurations of the programs that ship, store and index the entries of many hosts.
 *
 * <p>Imports {@code config}, {@code entry}, {@code output} and the JDK.
 *
 * <p>Invariant: every field comes from {@code JournalField}. A template that the tests do not run says so in its first line.
 */
package net.conntracklogger.fleet.template;
