// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers from the logs of many hosts, and how sure each is.
 *
 * <p>Imports {@code answer}, {@code fleet.search}, {@code history} and what they import.
 *
 * <p>Invariant: a host whose log may lack a flow is named or counted, never left out.
 */
package net.conntracklogger.fleet;
