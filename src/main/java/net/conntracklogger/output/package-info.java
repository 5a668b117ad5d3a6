// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Writes entries as text or JSON, one flow a line, for {@code conntrack-logger run}.
 *
 * <p>Imports {@code entry}, {@code flow} and {@code linux}.
 *
 * <p>Invariant: never writes a control character of a value, because terminals obey them. Never makes up a value: an unknown
 * one is {@code -} or {@code ?} in text and absent in JSON.
 */
package net.conntracklogger.output;
