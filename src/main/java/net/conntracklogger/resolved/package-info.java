// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads from systemd-resolved which names this host looked up to get which addresses.
 *
 * <p>Imports {@code flow}, {@code concurrent} and nanojson. Only this package reads JSON.
 *
 * <p>Invariant: never sends a DNS query, and never blocks the flow-reader thread.
 */
package net.conntracklogger.resolved;
