// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads from systemd-resolved which names this host looked up to get which addresses.
 *
 * <p>Imports {@code flow}, {@code concurrent} and nanojson. Only this package reads JSON.
 *
 * <p>Invariant: never sends a DNS query. Other threads see {@link net.conntracklogger.resolved.AddressNames} only, which does
 * no I/O.
 */
package net.conntracklogger.resolved;
