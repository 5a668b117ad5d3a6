// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Shows results to people: aligned tables, colours, a pager.
 *
 * <p>Imports {@code flow} and {@code linux}.
 *
 * <p>Invariant: text from outside reaches a terminal only as printable characters. A pipe gets no colour and nothing shortened.
 */
package net.conntracklogger.terminal;
